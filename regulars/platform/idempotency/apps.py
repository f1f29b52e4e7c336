from django.apps import AppConfig


class IdempotencyConfig(AppConfig):
    name = "regulars.platform.idempotency"
    label = "idempotency"
