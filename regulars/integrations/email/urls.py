"""The addresses in a mail, on the tenant's host under ``/m/``: short, because each mail holds many."""

from django.urls import path

from regulars.integrations.email import tracking

app_name = "mail"
urlpatterns = [
    path("o/<str:token>.gif", tracking.opened, name="opened"),
    path("c/<str:token>", tracking.clicked, name="clicked"),
    path("u/<str:token>", tracking.unsubscribe, name="unsubscribe"),
]
