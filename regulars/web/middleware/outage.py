"""A database that is away: 503 with Retry-After, and one line in the log, not one a request."""

import threading
from collections.abc import Callable
from http import HTTPStatus

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from psycopg_pool import PoolTimeout

from regulars.platform import tenancy

log = structlog.get_logger(__name__)

RETRY_AFTER_SECONDS = 5
FOR_MACHINES = ("/hooks/", "/readyz", "/metrics")
FOR_PROGRAMS = ("/api/", "/graphql/")  # problem details, RFC 9457
PROBLEM = {
    "type": "about:blank",
    "title": HTTPStatus.SERVICE_UNAVAILABLE.phrase,
    "status": HTTPStatus.SERVICE_UNAVAILABLE.value,
    "code": "unavailable",
    "detail": "We will be back in a moment.",
}
AWAY = (*tenancy.Unavailable, PoolTimeout)
Answer = Callable[[HttpRequest], HttpResponse]

_lock = threading.Lock()
_is_away = False


def answer_503(get_response: Answer) -> Answer:
    """The outermost middleware."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR and tenancy.is_connected():
            _note(is_away=False)
        return response

    answer.process_exception = _asked  # type: ignore[attr-defined]
    return answer


def _asked(request: HttpRequest, problem: Exception) -> HttpResponse | None:
    return unavailable(request, problem) if isinstance(problem, AWAY) else None


def unavailable(request: HttpRequest, problem: BaseException) -> HttpResponse:
    """Words for machines, a page for people."""
    _note(is_away=True, problem=problem)
    if request.path_info.startswith(FOR_PROGRAMS):
        answer: HttpResponse = JsonResponse(PROBLEM, status=503, content_type="application/problem+json")
    elif request.path_info.startswith(FOR_MACHINES):
        answer = HttpResponse("We will be back in a moment.\n", content_type="text/plain", status=503)
    else:
        answer = render(request, "503.html", status=503)
    answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer


def _note(*, is_away: bool, problem: BaseException | None = None) -> None:
    global _is_away
    if is_away == _is_away:
        return
    with _lock:
        if is_away == _is_away:
            return
        _is_away = is_away
    if is_away:
        log.error("database_is_away", problem=str(problem).splitlines()[0])
    else:
        log.info("database_is_back")
