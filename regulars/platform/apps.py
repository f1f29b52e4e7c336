"""The platform, once Django is ready: how the process speaks."""

from django.apps import AppConfig


class PlatformConfig(AppConfig):
    name = "regulars.platform"
    label = "platform"

    def ready(self) -> None:
        from regulars.platform import observability

        observability.configure_logging()
        observability.configure_sentry()
