"""What a view needs to answer htmx: the typed request, and the page or the part of it."""

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

if TYPE_CHECKING:
    from regulars.tenants.models import Membership, Person
    from regulars.tenants.resolving import Resolved


class Request(HttpRequest):
    """What a view on a tenant's host receives once the middlewares have run."""

    htmx: HtmxDetails
    tenant: "Resolved"
    person: "Person"
    membership: "Membership"


def template(request: Request, *, page: str, part: str) -> str:
    """The whole page, or the part of it that htmx asked for: ``customers/index.html#rows``.

    A view that uses it must carry ``vary_on_headers("HX-Request")``: one address, two answers.
    """
    return f"{page}#{part}" if wants_part(request) else page


def wants_part(request: HttpRequest) -> bool:
    """True for a swap into a page that stands; False for a visit, a boosted link and the back button."""
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    if not htmx:
        return False
    return not (htmx.boosted or htmx.history_restore_request)


def leave(request: HttpRequest, *, to: str) -> HttpResponse:
    """Send the whole browser to another address, also out of a partial request (an expired sign-in)."""
    if wants_part(request):
        return HttpResponseClientRedirect(to)
    return HttpResponse(status=302, headers={"Location": to})
