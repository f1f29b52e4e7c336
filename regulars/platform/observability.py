"""What the service tells of itself: log lines with tenant and request, errors without people, metrics."""

import logging
import logging.config
from typing import TYPE_CHECKING, Any, cast

import structlog
from django.conf import settings
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Histogram, generate_latest
from psycopg_pool import PoolTimeout

from regulars.platform import errors, tenancy

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

REQUESTS = Counter("regulars_requests_total", "Requests answered", ["view", "method", "status"])
REQUEST_SECONDS = Histogram(
    "regulars_request_seconds",
    "Time to answer",
    ["view"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
DELIVERIES = Counter("regulars_deliveries_total", "Deliveries at the doors", ["kind", "answer"])

# Personal data and secrets, wherever they may turn up in an event.
SCRUBBED = "[removed]"
KEPT_HEADERS = frozenset({"host", "user-agent", "content-type", "content-length", "hx-request"})
EXPECTED = (errors.Refused,)
AWAY = (*tenancy.Unavailable, PoolTimeout)


def configure_logging() -> None:
    """One JSON object a line on standard error, for our code and for libraries."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    last: list[Any] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ]
    formatter = {"()": structlog.stdlib.ProcessorFormatter, "processors": last, "foreign_pre_chain": shared}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"outages": {"()": OnceAnOutage}},
            "formatters": {"json": formatter},
            "handlers": {
                "err": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["outages"]}
            },
            "root": {"handlers": ["err"], "level": "INFO"},
            "loggers": {
                "django.server": {"level": "WARNING"},
                "httpx": {"level": "WARNING"},
                "celery.app.trace": {"level": "WARNING"},
                "celery.beat": {"level": "WARNING"},
                "psycopg.pool": {"level": "ERROR"},
            },
        }
    )


class OnceAnOutage(logging.Filter):
    """A database that is away is told once by the middleware; each request's own complaint is dropped."""

    def filter(self, record: logging.LogRecord) -> bool:
        problem = record.exc_info[1] if record.exc_info else None
        return not (record.name == "django.request" and isinstance(problem, AWAY))


def configure_sentry() -> None:
    """Errors go to SENTRY_DSN when there is one, tagged with the tenant, without personal data."""
    if not settings.SENTRY_DSN:
        return
    # Commands start without what they do not use.
    import sentry_sdk
    from sentry_sdk.integrations.celery import CeleryIntegration
    from sentry_sdk.integrations.django import DjangoIntegration

    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        release=settings.RELEASE or None,
        integrations=[DjangoIntegration(), CeleryIntegration()],
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        traces_sample_rate=0.0,
        before_send=scrubbed,
    )


def scrubbed(event: "Event", hint: "Hint") -> "Event | None":
    """An event as it may leave the house; None for refusals and outages, which are no bugs."""
    problem = hint.get("exc_info", (None, None, None))[1]
    if isinstance(problem, (*EXPECTED, *AWAY)):
        return None
    facts = structlog.contextvars.get_contextvars()
    tags = cast("dict[str, Any]", event.setdefault("tags", {}))
    tags.update({name: facts[name] for name in ("tenant", "request", "task") if name in facts})
    event.pop("user", None)
    request = cast("dict[str, Any]", event.get("request") or {})
    for part in ("data", "cookies", "query_string", "env"):
        if part in request:
            request[part] = SCRUBBED
    headers = request.get("headers") or {}
    request["headers"] = {k: v for k, v in headers.items() if k.lower() in KEPT_HEADERS}
    if request.get("url"):
        request["url"] = str(request["url"]).split("?", 1)[0]
    event["request"] = request
    event.pop("breadcrumbs", None)
    event.pop("extra", None)
    return event


def metrics() -> tuple[bytes, str]:
    """All metrics of this process in Prometheus' text format, and its content type."""
    return generate_latest(REGISTRY), CONTENT_TYPE_LATEST
