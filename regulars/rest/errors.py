"""Every error in one shape: problem details (RFC 9457). Never a stack, never a statement."""

import math
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from regulars.platform import errors, ids
from regulars.platform.observability import AWAY
from regulars.tenants import bearer

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"


class BadParameters(errors.Refused):
    """``problems``: one message for each parameter that cannot be taken."""

    status = 400
    code = "bad_parameters"

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{name}: {message}" for name, message in problems))
        self.problems = problems


class Unknown(errors.NotFound):
    """Nothing here, or nothing of this tenant's: the answer does not tell which."""


def problem(exc: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's exception handler. None for a database that is away: the outermost door says so."""
    if isinstance(exc, AWAY):
        return None
    if isinstance(exc, errors.Refused):
        return _refused(exc)
    if isinstance(exc, Http404 | exceptions.NotFound):
        return answer(HTTPStatus.NOT_FOUND, code="not_found", detail="There is nothing at this address.")
    if isinstance(exc, PermissionDenied):
        return answer(HTTPStatus.FORBIDDEN, code="forbidden", detail="This is not for you.")
    if isinstance(exc, SuspiciousOperation):
        return answer(HTTPStatus.BAD_REQUEST, code="bad_request", detail="This request cannot be read.")
    if isinstance(exc, exceptions.Throttled):
        wait = max(1, math.ceil(getattr(exc, "wait", None) or 1))
        found = answer(429, code="too_many_requests", detail=f"Too many requests. Try again in {wait} s.")
        found.headers["Retry-After"] = str(wait)
        return found
    if isinstance(exc, exceptions.APIException):
        return answer(exc.status_code, code=str(exc.get_codes()), detail=str(exc.detail))
    return _broken(exc)


def answer(status: int, *, code: str, detail: str, **more: Any) -> Response:
    """A problem document. ``more``: further members."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "code": code,
        "detail": detail,
        **more,
    }
    return Response(body, status=status, content_type=MEDIA_TYPE)


def _refused(refusal: errors.Refused) -> Response:
    more: dict[str, Any] = {}
    if isinstance(refusal, BadParameters):
        more["errors"] = [{"parameter": name, "detail": detail} for name, detail in refusal.problems]
    found = answer(refusal.status, code=refusal.code, detail=str(refusal), **more)
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        found.headers["WWW-Authenticate"] = bearer.challenge(refusal)
    return found


def _broken(problem: Exception) -> Response:
    error_id = ids.new().hex
    log.error("rest_broke", error_id=error_id, exc_info=problem)
    return answer(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        code="internal_error",
        detail="Something broke on our side. Tell us the error_id and we will find it.",
        error_id=error_id,
    )
