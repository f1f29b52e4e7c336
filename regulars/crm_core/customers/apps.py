from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "regulars.crm_core.customers"
    label = "customers"
