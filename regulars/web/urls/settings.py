"""The settings of a workspace and of a person."""

from django.urls import path

from regulars.web.views import account, settings

app_name = "settings"
urlpatterns = [
    path("", settings.index, name="index"),
    path("workspace/", settings.workspace, name="workspace"),
    path("figures/", settings.margin, name="margin"),
    path("rates/", settings.rate, name="rate"),
    path("account/", account.preferences, name="account"),
    path("account/password/", account.password, name="password"),
]
