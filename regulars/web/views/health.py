"""For those who run Regulars: is the process alive, is it ready, what is it doing."""

import hmac

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from regulars.platform import observability, tenancy
from regulars.tenants import migrating
from regulars.web.access import everybody

LOOPBACK = frozenset({"127.0.0.1", "::1"})


@everybody
@never_cache
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@everybody
@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers and its public schema is at this release; 503 otherwise."""
    is_up = tenancy.ping()
    is_current = is_up and migrating.is_shared_current()
    status = 200 if is_current else 503
    return JsonResponse({"database": is_up, "migrations": is_current}, status=status)


@everybody
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format, for loopback or whoever knows the token."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    has_token = bool(settings.METRICS_TOKEN) and hmac.compare_digest(given, settings.METRICS_TOKEN)
    is_near = request.META.get("REMOTE_ADDR") in LOOPBACK and "HTTP_X_FORWARDED_FOR" not in request.META
    if not (has_token or is_near):
        return HttpResponse("Not for you.\n", status=403, content_type="text/plain")
    body, content_type = observability.metrics()
    return HttpResponse(body, content_type=content_type)
