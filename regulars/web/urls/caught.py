"""Mails that were caught instead of sent, on one's own machine."""

from django.urls import path

from regulars.web.views import caught

app_name = "caught"
urlpatterns = [
    path("", caught.index, name="index"),
    path("<slug:name>/", caught.show, name="show"),
    path("<slug:name>/html/", caught.html, name="html"),
]
