from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "regulars.tenants"
    label = "tenants"
