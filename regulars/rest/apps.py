from django.apps import AppConfig


class RestConfig(AppConfig):
    name = "regulars.rest"
    label = "rest"
