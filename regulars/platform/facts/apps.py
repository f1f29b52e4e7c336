from django.apps import AppConfig


class FactsConfig(AppConfig):
    name = "regulars.platform.facts"
    label = "facts"
