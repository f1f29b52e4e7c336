"""Workspaces that owe money: read-only first, then billing and export. Their customers notice nothing."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from regulars.tenants import entitlements
from regulars.tenants.models import Access
from regulars.web import access, htmx

Answer = Callable[[HttpRequest], HttpResponse]

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Areas that answer in every standing.
ALWAYS = frozenset({"billing", "data", "preferences", "session", "more"})
EXPORTS = frozenset({"customers:export"})


class StandingMiddleware:
    """Refuses members' views by ``entitlements.permit``; views open to everybody are none of its business."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, *_given: Any) -> HttpResponse | None:
        membership = getattr(request, "membership", None)
        if membership is None or membership.tenant.reach == Access.FULL:
            return None
        match = request.resolver_match
        is_let_through = match is not None and (match.namespace in ALWAYS or match.view_name in EXPORTS)
        if is_let_through or access.of(view) == "everybody":
            return None
        try:
            entitlements.permit(membership.tenant.reach, writes=request.method not in SAFE)
        except entitlements.Leaving:
            return htmx.leave(request, to=reverse("data:index"))
        except (entitlements.ReadOnly, entitlements.BillingOnly) as refused:
            template = "billing/refused.html" if htmx.wants_part(request) else "billing/refused_page.html"
            return render(request, template, {"message": str(refused)}, status=refused.status)
        return None
