"""The public site, the doors on any host, and REST where the key names the tenant."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
