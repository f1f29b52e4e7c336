"""From whom campaigns come, and the domains that vouch for it."""

from django.urls import path

from regulars.web.views import email_settings

app_name = "email_settings"
urlpatterns = [
    path("", email_settings.index, name="index"),
    path("sender/", email_settings.sender, name="sender"),
    path("domains/", email_settings.add, name="add"),
    path("domains/<uuid:domain_id>/check/", email_settings.check, name="check"),
    path("domains/<uuid:domain_id>/remove/", email_settings.remove, name="remove"),
]
