from django.apps import AppConfig


class CommerceConfig(AppConfig):
    name = "regulars.crm_core.commerce"
    label = "commerce"
