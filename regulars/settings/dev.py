"""One's own machine: services and secrets that ``make run`` made, unless told otherwise."""

import os

from . import running
from .base import *
from .base import HOME, STORAGES, cache, database, login_url, mail

_environment = {**running.environment(HOME), **os.environ}

SECRET_KEY = _environment.get("SECRET_KEY", "")
MASTER_KEYS = [key for key in _environment.get("REGULARS_MASTER_KEYS", "").split(",") if key]
PORT = int(_environment.get("PORT", "8000"))
SHOWN_PORT = f":{PORT}"
PUBLIC_ORIGIN = _environment.get("PUBLIC_ORIGIN", f"http://localhost:{PORT}")
TENANT_ORIGINS = [f"http://*.localhost:{PORT}"]

NOTHING_RUNS = "postgresql://regulars_app@127.0.0.1:1/regulars"  # refused at once, and said in one line
DATABASES = {"default": database(login_url(_environment) or NOTHING_RUNS)}
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
CELERY_BROKER_URL = REDIS_URL = _environment.get("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = cache(REDIS_URL)
globals().update(mail(_environment.get("EMAIL_URL", "")))
PAYMENTS_MAY_PRETEND = True  # without STRIPE_API_KEY: billing/fake_gateway.py
MAIL_CATCHER_FOLDER = _environment.get("MAIL_CATCHER_FOLDER", "")
DNS_FOLDER = _environment.get("DNS_FOLDER", "")
DNS_RESOLVER = _environment.get("DNS_RESOLVER", "")
