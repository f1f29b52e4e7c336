"""Theme and language, on every site."""

from django.urls import path

from regulars.web.views import preferences

app_name = "preferences"
urlpatterns = [
    path("theme/", preferences.theme, name="theme"),
    path("language/", preferences.language, name="language"),
]
