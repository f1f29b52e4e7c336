"""The shops of a tenant."""

from django.urls import path

from regulars.web.views import shops

app_name = "shops"
urlpatterns = [
    path("", shops.index, name="index"),
    path("new/", shops.new, name="new"),
    path("<uuid:connection_id>/", shops.show, name="show"),
    path("<uuid:connection_id>/replay/", shops.replay, name="replay"),
    path("<uuid:connection_id>/secret/", shops.change_secret, name="change_secret"),
    path("<uuid:connection_id>/disconnect/", shops.disconnect, name="disconnect"),
]
