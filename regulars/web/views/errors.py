"""Pages for what went wrong."""

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from regulars.web.middleware import outage


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that did not come from our page, or whose page was open too long."""
    return render(request, "forged.html", status=403)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """A bug, or the database went away while a middleware wanted it."""
    problem = sys.exc_info()[1]
    if isinstance(problem, outage.AWAY):
        return outage.unavailable(request, problem)
    return render(request, "500.html", status=500)
