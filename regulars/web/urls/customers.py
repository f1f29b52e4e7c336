"""The customers of a tenant."""

from django.urls import path

from regulars.web.views import consents, customer, customers, identity

app_name = "customers"
urlpatterns = [
    path("", customers.index, name="index"),
    path("new/", customers.new, name="new"),
    path("export/", customers.export, name="export"),
    path("<uuid:contact_id>/", customer.show, name="show"),
    path("<uuid:contact_id>/edit/", customer.edit, name="edit"),
    path("<uuid:contact_id>/notes/", customer.write_note, name="write_note"),
    path("<uuid:contact_id>/notes/<uuid:note_id>/take-back/", customer.take_back_note, name="take_back_note"),
    path("<uuid:contact_id>/notes/<uuid:note_id>/put-back/", customer.put_back_note, name="put_back_note"),
    path("<uuid:contact_id>/tags/", customer.tag, name="tag"),
    path("<uuid:contact_id>/tags/remove/", customer.untag, name="untag"),
    path("<uuid:contact_id>/consents/", consents.say, name="say"),
    path("<uuid:contact_id>/links/", identity.links, name="links"),
    path("<uuid:contact_id>/links/<int:link_id>/undo/", identity.undo_link, name="undo_link"),
    path("<uuid:contact_id>/merge/", identity.merge, name="merge"),
    path("<uuid:contact_id>/unmerge/", identity.unmerge, name="unmerge"),
]
