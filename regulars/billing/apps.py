from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "regulars.billing"
    label = "billing"
