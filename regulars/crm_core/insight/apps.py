from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "regulars.crm_core.insight"
    label = "insight"
