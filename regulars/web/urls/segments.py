"""The segments of a tenant's customers."""

from django.urls import path

from regulars.web.views import segment, segments

app_name = "segments"
urlpatterns = [
    path("", segments.index, name="index"),
    path("new/", segment.new, name="new"),
    path("starters/", segments.take_over, name="take_over"),
    path("<uuid:segment_id>/", segments.show, name="show"),
    path("<uuid:segment_id>/edit/", segment.edit, name="edit"),
    path("<uuid:segment_id>/remove/", segments.remove, name="remove"),
    path("<uuid:segment_id>/restore/", segments.restore, name="restore"),
]
