"""Production's settings, but for hashed static files: collecting and compressing those takes minutes, and a
page costs the same without."""

from regulars.settings.production import *  # noqa: F403
from regulars.settings.production import STORAGES

STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
