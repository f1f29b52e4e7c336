"""The search palette."""

from django.urls import path

from regulars.web.views import search

app_name = "search"
urlpatterns = [path("", search.palette, name="palette")]
