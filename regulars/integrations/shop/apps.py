from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "regulars.integrations.shop"
    label = "shop"
