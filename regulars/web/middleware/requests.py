"""One id per request, in every log line and in the answer; and how long it took."""

import re
import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from regulars.platform import ids, observability

log = structlog.get_logger(__name__)

SLOW_SECONDS = 2.0
GIVEN_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
Answer = Callable[[HttpRequest], HttpResponse]


def follow(get_response: Answer) -> Answer:
    def answer(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        request_id = given if GIVEN_ID.fullmatch(given) else ids.new().hex
        request.META["REMOTE_ADDR"] = _address(request)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=request_id)
        began = time.perf_counter()
        response = get_response(request)
        seconds = time.perf_counter() - began
        view = request.resolver_match.view_name if request.resolver_match else "none"
        observability.REQUESTS.labels(view, request.method or "", response.status_code).inc()
        observability.REQUEST_SECONDS.labels(view).observe(seconds)
        if seconds > SLOW_SECONDS:
            log.warning("slow_request", view=view, seconds=round(seconds, 2))
        response.headers["X-Request-Id"] = request_id
        return response

    return answer


def _address(request: HttpRequest) -> str:
    """Who knocked: the nearest address that is no proxy of ours. Others' words about it are not believed."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    while address in settings.TRUSTED_PROXIES and hops:
        address = hops.pop()
    return address
