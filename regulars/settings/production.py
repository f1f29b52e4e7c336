"""A server: everything from the environment, and refusing to start without what must not be guessed."""

import os

from django.core.exceptions import ImproperlyConfigured

from .base import *
from .base import cache, database, login_url, mail


def _needed(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"{name} must be set; docs/configuration.md says how.")
    return value


SECRET_KEY = _needed("SECRET_KEY")
MASTER_KEYS = _needed("REGULARS_MASTER_KEYS").split(",")
DATABASES = {"default": database(login_url(os.environ) or _needed("DATABASE_URL"))}
CELERY_BROKER_URL = REDIS_URL = _needed("REDIS_URL")
CACHES = cache(REDIS_URL)
globals().update(mail(os.environ.get("EMAIL_URL", "")))

SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
