from django.apps import AppConfig


class ChecksConfig(AppConfig):
    name = "regulars.checks"
    label = "checks"
