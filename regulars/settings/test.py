"""Tests: real PostgreSQL and Valkey, started by tests/conftest.py, which sets the addresses read here."""

import os

from .base import *
from .base import STORAGES, database

SECRET_KEY = "only-for-tests"
MASTER_KEYS = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]
PUBLIC_ORIGIN = "http://localhost:8000"
TENANT_ORIGINS = ["http://*.localhost:8000"]
DATABASES = {
    "default": database(
        os.environ.get("TEST_DATABASE_URL", "postgresql://regulars_app@127.0.0.1:1/none"), pool=False
    )
}
CELERY_BROKER_URL = REDIS_URL = os.environ.get("TEST_REDIS_URL", "memory://")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
EMAIL_URL = "smtp://127.0.0.1:1"  # nobody listens
DNS_FOLDER = MAIL_CATCHER_FOLDER = ""
DNS_RESOLVER = "127.0.0.1:1"
MAIL_DOMAIN = "mail.regulars.example"
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WAKES_ARE_SENT = os.environ.get("TEST_WAKES") == "sent"
HTTP_ALLOWED_PRIVATE = []
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True  # static files straight from the rooms, none collected
STRIPE_API_KEY, STRIPE_WEBHOOK_SECRETS, STRIPE_API_ADDRESS = "", [], ""
PAYMENTS_MAY_PRETEND = True
