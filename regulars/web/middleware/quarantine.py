"""A tenant whose update failed: 503 at its hosts, for it alone, until a migration succeeds."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation

from regulars.tenants import bearer, resolving

RETRY_AFTER_SECONDS = 60
FOR_PROGRAMS = ("/api/", "/graphql/")  # problem details, RFC 9457
PROBLEM = {
    "type": "about:blank",
    "title": HTTPStatus.SERVICE_UNAVAILABLE.phrase,
    "status": HTTPStatus.SERVICE_UNAVAILABLE.value,
    "code": bearer.BeingUpdated.code,
    "detail": bearer.UPDATING,
}
Answer = Callable[[HttpRequest], HttpResponse]


class QuarantineMiddleware:
    """Before sessions are read. Shops' deliveries come by the public host, and are kept."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        tenant: resolving.Resolved | None = request.tenant  # type: ignore[attr-defined]
        if tenant is None or not tenant.is_quarantined:
            return self.get_response(request)
        if request.path_info.startswith(FOR_PROGRAMS):
            answer: HttpResponse = JsonResponse(PROBLEM, status=503, content_type="application/problem+json")
        else:
            with translation.override(translation.get_language_from_request(request)):
                answer = render(request, "updating.html", status=503)
        answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return answer
