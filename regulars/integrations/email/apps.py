from django.apps import AppConfig


class EmailConfig(AppConfig):
    name = "regulars.integrations.email"
    label = "email"
