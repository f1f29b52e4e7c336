"""Settings that hold everywhere. Only this package reads the environment; docs/configuration.md lists it."""

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

ROOT = Path(__file__).resolve().parents[2]
HOME = Path(os.environ.get("REGULARS_HOME", ROOT / ".regulars"))
LOGIN = os.environ.get("REGULARS_LOGIN", "app")  # "owner": schemas, roles and migrations
DATABASE_ADMIN_URL = os.environ.get("DATABASE_ADMIN_URL", "")  # prepare_database alone uses these two
DATABASE_URLS = {"app": os.environ.get("DATABASE_URL", ""), "owner": os.environ.get("DATABASE_OWNER_URL", "")}
EXPORTS_FOLDER = os.environ.get("EXPORTS_FOLDER") or str(HOME / "exports")
HEARTBEAT = os.environ.get("REGULARS_HEARTBEAT", "")

DEBUG = False
SECRET_KEY = os.environ.get("SECRET_KEY", "")
MASTER_KEYS = [key for key in os.environ.get("REGULARS_MASTER_KEYS", "").split(",") if key]

# Hosts: one public host; tenants under its subdomains. Unknown hosts are answered 404 by our middleware.
PORT = int(os.environ.get("PORT", "8000"))
PUBLIC_HOST = os.environ.get("PUBLIC_HOST", "localhost")
SCHEME = os.environ.get("PUBLIC_SCHEME", "http")
SHOWN_PORT = "" if (SCHEME, PORT) in (("http", 80), ("https", 443)) else f":{PORT}"
PUBLIC_ORIGIN = os.environ.get("PUBLIC_ORIGIN", f"{SCHEME}://{PUBLIC_HOST}{SHOWN_PORT}")
TENANT_ORIGINS = [f"{SCHEME}://*.{PUBLIC_HOST}{SHOWN_PORT}"]
ALLOWED_HOSTS = ["*"]
TRUSTED_PROXIES = [word for word in os.environ.get("TRUSTED_PROXIES", "").split(",") if word]

SHARED_APPS = [
    "regulars.platform",
    "regulars.tenants",
    "regulars.web",
    "regulars.rest",
    "regulars.graphql",
    "regulars.billing",
    "regulars.demo",
    "regulars.checks",
    "django_tenants",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",  # its widget templates, for FORM_RENDERER
    "django_htmx",
    "django_cotton.apps.SimpleAppConfig",
    "template_partials.apps.SimpleAppConfig",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
TENANT_APPS = [
    "regulars.platform.facts",
    "regulars.platform.idempotency",
    "regulars.crm_core.customers",
    "regulars.crm_core.commerce",
    "regulars.crm_core.insight",
    "regulars.integrations.shop",
    "regulars.integrations.email",
]
INSTALLED_APPS = [*SHARED_APPS, *TENANT_APPS, "django.contrib.postgres"]
TENANT_MODEL = "tenants.Tenant"
TENANT_DOMAIN_MODEL = "tenants.Domain"
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
AUTH_USER_MODEL = "tenants.Person"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MIDDLEWARE = [
    "regulars.web.middleware.outage.answer_503",
    "regulars.web.middleware.requests.follow",
    "regulars.tenants.middleware.TenantMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "regulars.web.csp.ContentSecurityPolicy",
    "regulars.web.middleware.quarantine.QuarantineMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "regulars.web.middleware.people.PersonMiddleware",
    "regulars.web.middleware.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "regulars.web.middleware.refusals.RefusalMiddleware",
    "regulars.web.middleware.standing.StandingMiddleware",
    "regulars.tenants.middleware.EnterTenantMiddleware",
]
ROOT_URLCONF = "regulars.urls_public"
PUBLIC_URLCONF = "regulars.urls_public"
TENANT_URLCONF = "regulars.urls_tenant"
WSGI_APPLICATION = "regulars.wsgi.application"

FACT_FOLLOWERS, INBOX_ANSWERS = "regulars.reactions.FOLLOWERS", "regulars.reactions.ANSWERS"
AFTER_RESTORE, AFTER_DELETION = "regulars.reactions.AFTER_RESTORE", "regulars.reactions.AFTER_DELETION"
WAKES_ARE_SENT = True
SPARE_TENANTS = 3
HTTP_ALLOWED_PRIVATE = [word for word in os.environ.get("HTTP_ALLOWED_PRIVATE", "").split(",") if word]
STRIPE_API_KEY = os.environ.get("STRIPE_API_KEY", "")
STRIPE_WEBHOOK_SECRETS = [
    word for word in os.environ.get("STRIPE_WEBHOOK_SECRETS", "").split(",") if word.strip()
]
STRIPE_API_ADDRESS = os.environ.get("STRIPE_API_ADDRESS", "")
STRIPE_PAGES = ["https://checkout.stripe.com", "https://billing.stripe.com"]
PAYMENTS_MAY_PRETEND = False
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")
MAIL_DOMAIN = os.environ.get("MAIL_DOMAIN") or PUBLIC_HOST  # of the house's own addresses: <slug>@…
MAIL_CATCHER_FOLDER = os.environ.get("MAIL_CATCHER_FOLDER", "")
DNS_RESOLVER = os.environ.get("DNS_RESOLVER", "")  # host:port; empty: the machine's
DNS_FOLDER = os.environ.get("DNS_FOLDER", "")
EMAIL_URL = ""  # the settings of each place say
SENTRY_DSN = os.environ.get("SENTRY_DSN", "")
RELEASE = os.environ.get("RELEASE", "")

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django_cotton.cotton_loader.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "builtins": [
                "django_cotton.templatetags.cotton",
                "template_partials.templatetags.partials",
                "django.templatetags.i18n",
                "django.templatetags.static",
                "regulars.web.templatetags.shown",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csrf",
                "django.contrib.messages.context_processors.messages",
                "regulars.web.context.shell",
            ],
        },
    }
]

LOGGING_CONFIG = None  # regulars.platform.observability decides, for web and workers alike

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [ROOT / "regulars" / "web" / "locale"]
LANGUAGE_COOKIE_NAME = "language"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
PASSWORD_RESET_TIMEOUT = 3600  # seconds that the link of a forgotten password is good for
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_NAME = "session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "regulars.web.views.errors.forged"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"


def database(url: str, *, pool: bool = True) -> dict[str, object]:
    """Django's settings for ``postgresql://user:password@host:port/name``."""
    parts = urlsplit(url)
    options: dict[str, object] = dict(parse_qsl(parts.query))
    options["options"] = "-c statement_timeout=60000 -c lock_timeout=10000"
    if pool:
        options["pool"] = {
            "min_size": 1,
            "max_size": 10,
            "timeout": 5,
            "max_lifetime": 900,
        }
    return {
        "ENGINE": "regulars.platform.database",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or 5432),
        "CONN_MAX_AGE": 0,
        "OPTIONS": options,
        "TEST": {"NAME": unquote(parts.path.lstrip("/"))},
    }


def cache(url: str) -> dict[str, object]:
    """Valkey or Redis as Django's cache; one that swallows packets costs a request no more than a moment."""
    patience = {"socket_timeout": 0.25, "socket_connect_timeout": 0.25}
    backend = "django.core.cache.backends.redis.RedisCache"
    return {"default": {"BACKEND": backend, "LOCATION": url, "OPTIONS": patience}}


def login_url(environment: "dict[str, str] | os._Environ[str]") -> str:
    """The address this process logs in with: the application's, or the owner's for schema work."""
    return environment.get("DATABASE_OWNER_URL" if LOGIN == "owner" else "DATABASE_URL", "")


def mail(url: str) -> dict[str, object]:
    """``smtp://user:password@host:port`` (``smtps`` for TLS from the start, ``?starttls`` for TLS after
    the greeting), or ``catcher:folder``, for marketing mail and as Django's EMAIL settings."""
    if url.startswith("catcher:"):
        backend = "django.core.mail.backends.filebased.EmailBackend"
        return {
            "EMAIL_URL": url,
            "EMAIL_BACKEND": backend,
            "EMAIL_FILE_PATH": url.removeprefix("catcher:"),
        }
    url = url or "smtp://127.0.0.1:25"
    parts = urlsplit(url)
    return {
        "EMAIL_URL": url,
        "EMAIL_USE_TLS": "starttls" in parts.query,
        "EMAIL_HOST": parts.hostname or "127.0.0.1",
        "EMAIL_PORT": parts.port or 25,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }


CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "platform.work_inbox": {"queue": "webhooks"},
    "shop.*": {"queue": "webhooks"},
    "email.*": {"queue": "mail"},
    "insight.*": {"queue": "insight"},
    "tenants.make_spares": {"queue": "provision"},
    "tenants.delete_due": {"queue": "provision"},
}
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 3,
    "socket_connect_timeout": 1,
    "visibility_timeout": 600,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["regulars.rest.authentication.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["regulars.rest.permissions.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["regulars.rest.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "EXCEPTION_HANDLER": "regulars.rest.errors.problem",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Regulars REST API",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SERVE_PUBLIC": True,
    "SERVE_URLCONF": "regulars.rest.urls",
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}
