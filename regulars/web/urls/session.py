"""The way into and out of a tenant's host."""

from django.urls import path

from regulars.web.views import session

app_name = "session"
urlpatterns = [
    path("enter/", session.enter, name="enter"),
    path("leave/", session.leave, name="leave"),
]
