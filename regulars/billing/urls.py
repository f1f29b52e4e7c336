"""Stripe's door, on any host."""

from django.urls import path

from regulars.billing import webhooks

app_name = "stripe_hooks"
urlpatterns = [path("", webhooks.receive, name="receive")]
