"""Where else to go."""

from django.urls import path

from regulars.web.views import more

app_name = "more"
urlpatterns = [path("", more.index, name="index")]
