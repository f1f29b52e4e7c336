"""Who may see a view. Every view carries one of these; a test fails for one that does not."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from regulars.tenants.models import Role
from regulars.web import htmx

View = Callable[..., HttpResponseBase]


def everybody(view: View) -> View:
    """Open to the world."""
    return _marked(view, "everybody")


def members(view: View) -> View:
    """Signed-in members of the tenant at this host; others are led to the public host's sign-in."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if getattr(request, "membership", None) is None:
            return htmx.leave(request, to=_sign_in_address(request))
        return view(request, *args, **kwargs)

    return _marked(guarded, "members")


def owners(view: View) -> View:
    """Members with the owner's role."""

    @members
    @wraps(view)
    def guarded(request: htmx.Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.membership.role != Role.OWNER:
            return render(request, "403.html", status=403)
        return view(request, *args, **kwargs)

    return _marked(guarded, "owners")


def of(view: View) -> str:
    """What a view declares: "everybody", "members", "owners", or "" when it forgot."""
    return str(getattr(view, "open_to", ""))


def _marked(view: View, word: str) -> View:
    view.open_to = word  # type: ignore[attr-defined]
    return view


def _sign_in_address(request: HttpRequest) -> str:
    slug = getattr(request.tenant, "slug", "")  # type: ignore[attr-defined]
    return f"{settings.PUBLIC_ORIGIN}/sign-in/?{urlencode({'next': slug})}"
