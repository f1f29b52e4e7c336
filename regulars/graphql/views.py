"""``/graphql/``: programs post, people read. A key opens it, no cookie does, so nothing can be forged."""

from __future__ import annotations

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt

from regulars.graphql import execution, limits
from regulars.graphql.work import Work
from regulars.platform import errors
from regulars.tenants import bearer

LANGUAGE = "en"  # programs read this, and their programmers
# CodeMirror and React place elements by inline styles, which only this page may; it runs no foreign script,
# evaluates no text and reads no cookie.
EXPLORER_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class NotPosted(errors.Refused):
    status = 405
    code = "not_posted"


class NotJson(errors.Refused):
    status = 415
    code = "not_json"


@csrf_exempt
def graphql(request: HttpRequest) -> HttpResponse:
    """The API, and its explorer for browsers."""
    with translation.override(LANGUAGE):
        if request.method in ("GET", "HEAD") and not request.GET and _is_browser(request):
            return _explorer(request)
        return _sent(request, _answered(request))


def _answered(request: HttpRequest) -> execution.Answer:
    try:
        if request.method != "POST":
            raise NotPosted("Send queries by POST. In a browser this address shows an explorer.")
        if request.content_type != "application/json":
            raise NotJson("Send the body as application/json.")
        holder = bearer.holder(
            authorization=request.META.get("HTTP_AUTHORIZATION", ""),
            address=request.get_full_path(),
            host=getattr(request, "tenant", None),
            at=timezone.now(),
        )
        if int(request.META.get("CONTENT_LENGTH") or 0) > limits.MAX_BODY_BYTES:
            raise limits.TooLong(f"A request has at most {limits.MAX_BODY_BYTES} bytes.")
        body = request.read(limits.MAX_BODY_BYTES + 1)
    except errors.Refused as refused:
        return execution.refusal(refused)
    return execution.answered(Work(holder=holder, at=timezone.now()), body)


def _sent(request: HttpRequest, answer: execution.Answer) -> HttpResponse:
    found = HttpResponse(
        msgspec.json.encode(answer.body), status=answer.status, content_type="application/json"
    )
    for name, words in answer.headers.items():
        found.headers[name] = words
    if answer.status == 405:
        found.headers["Allow"] = "POST"
    found.headers["Cache-Control"] = "no-store"
    found.headers["Content-Language"] = LANGUAGE
    return found


def _is_browser(request: HttpRequest) -> bool:
    return "text/html" in request.META.get("HTTP_ACCEPT", "")


def _explorer(request: HttpRequest) -> HttpResponse:
    page = render(request, "graphql/explorer.html")
    page.headers["Content-Security-Policy"] = EXPLORER_POLICY
    page.headers["Cache-Control"] = "no-store"
    return page
