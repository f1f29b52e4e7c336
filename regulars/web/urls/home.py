"""A tenant's first page."""

from django.urls import path

from regulars.web.views import home

app_name = "home"
urlpatterns = [
    path("", home.index, name="index"),
    path("progress/", home.progress, name="progress"),
]
