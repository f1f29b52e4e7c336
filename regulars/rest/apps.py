from django.apps import AppConfig


class RestConfig(AppConfig):
    name = "regulars.rest"
    label = "rest"

    def ready(self) -> None:
        from regulars.rest import schema  # noqa: F401  (tells the generator how keys are sent)
