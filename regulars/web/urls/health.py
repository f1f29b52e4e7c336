"""For those who run Regulars, on any host."""

from django.urls import path

from regulars.web.views import health

app_name = "health"
urlpatterns = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
