"""The public pages behind the addresses in a mail, on the tenant's host under ``/m/``.

A GET may be a scanner's: it notes who looked, and changes nothing that anybody said. Unsubscribing takes a
POST, from the page's button or from the mail program itself (RFC 8058: no cookie, no redirect, 200 also the
second time). A click leads only to the address that the campaign holds.
"""

import base64

import structlog
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.encoding import iri_to_uri
from django.views.decorators.csrf import csrf_exempt

from regulars.integrations.email import touches
from regulars.integrations.email.tokens import Maker, Purpose
from regulars.platform import tenancy

log = structlog.get_logger(__name__)

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
READS = ("GET", "HEAD")
TEST_MAIL = 0  # the recipient of a test: its addresses work, and nothing hangs on them
ONE_CLICK = "one-click in the mail program (RFC 8058)"
BUTTON = "button on the page"


def opened(request: HttpRequest, token: str) -> HttpResponse:
    """An invisible picture; 404 for a token that is not of this tenant."""
    if request.method not in READS:
        return HttpResponseNotAllowed(READS)
    recipient, _ = _read(Purpose.OPEN, token)
    try:
        touches.opened(recipient=recipient, visitor=_visitor(request), at=timezone.now())
    except tenancy.Unavailable:
        log.warning("opening_not_noted")
    return _uncached(HttpResponse(PIXEL, content_type="image/gif"))


def clicked(request: HttpRequest, token: str) -> HttpResponse:
    """Onwards to where the link leads; 404 for a token that is not of this tenant."""
    if request.method not in READS:
        return HttpResponseNotAllowed(READS)
    recipient, position = _read(Purpose.CLICK, token)
    try:
        url = touches.clicked(
            recipient=recipient, position=position, visitor=_visitor(request), at=timezone.now()
        )
    except touches.UnknownMail:
        raise Http404 from None
    # Not Django's redirect: it refuses mailto, which a letter may hold. A header holds ASCII alone, and an
    # address may hold any letters.
    return _uncached(HttpResponse(status=302, headers={"Location": iri_to_uri(url)}))


@csrf_exempt
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET: a page with a button, nothing else. POST: no more mail. 404 for a token of somebody else."""
    if request.method not in (*READS, "POST"):
        return HttpResponseNotAllowed((*READS, "POST"))
    recipient, _ = _read(Purpose.UNSUBSCRIBE, token)
    is_done = request.method == "POST"
    email = ""
    if recipient != TEST_MAIL:
        try:
            if is_done:
                how = _how(request)
                row = touches.unsubscribe(recipient=recipient, how=how, at=timezone.now())
            else:
                row = touches.known(recipient)
        except touches.UnknownMail:
            raise Http404 from None
        email = row.email
    tenant = request.tenant  # type: ignore[attr-defined]
    shown = {
        "brand": tenant.name,
        "email": email,
        "is_done": is_done,
        "LANGUAGE_CODE": tenant.language,
    }
    with translation.override(tenant.language):
        return _uncached(render(request, "email/unsubscribe.html", shown))


for _view in (opened, clicked, unsubscribe):
    _view.open_to = "everybody"  # type: ignore[attr-defined]


def _read(purpose: Purpose, token: str) -> tuple[int, int]:
    found = Maker().read(purpose, token)
    if found is None:
        raise Http404
    return found


def _visitor(request: HttpRequest) -> touches.Visitor:
    said = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    return touches.Visitor(
        agent=request.headers.get("User-Agent", ""),
        is_head=request.method == "HEAD",
        is_prefetch="prefetch" in said.lower(),
    )


def _how(request: HttpRequest) -> str:
    try:
        is_one_click = request.POST.get("List-Unsubscribe") == "One-Click"
    except MultiPartParserError:
        is_one_click = False  # badly written, but who posts here wants out
    agent = request.headers.get("User-Agent", "").replace("\0", "")[: touches.MAX_AGENT_CHARACTERS]
    return f"{ONE_CLICK if is_one_click else BUTTON}, {agent}"


def _uncached(answer: HttpResponse) -> HttpResponse:
    answer["Cache-Control"] = "no-store"
    answer["Referrer-Policy"] = "no-referrer"  # the shop that a link leads to learns no token
    answer["X-Robots-Tag"] = "noindex"
    return answer
