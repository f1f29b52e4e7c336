"""A tenant's API keys."""

from django.urls import path

from regulars.web.views import keys

app_name = "keys"
urlpatterns = [
    path("", keys.index, name="index"),
    path("make/", keys.make, name="make"),
    path("<uuid:key_id>/revoke/", keys.revoke, name="revoke"),
]
