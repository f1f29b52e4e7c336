"""A workspace's data as a whole: out in one file, or away."""

from django.urls import path

from regulars.web.views import data

app_name = "data"
urlpatterns = [
    path("", data.index, name="index"),
    path("export/", data.export, name="export"),
    path("export/<uuid:export_id>/", data.download, name="download"),
    path("deletion/", data.leave, name="leave"),
    path("deletion/taken-back/", data.take_back, name="take_back"),
]
