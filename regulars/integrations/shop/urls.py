"""The shops' doors, on any host."""

from django.urls import path

from regulars.integrations.shop import webhooks

app_name = "shop_hooks"
urlpatterns = [path("<str:key>/", webhooks.receive, name="receive")]
