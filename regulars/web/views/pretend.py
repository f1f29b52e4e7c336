"""Where ``make run`` pays without Stripe: a Checkout and a Portal that pretend. 404 on a server."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from regulars.billing import gateways, plans
from regulars.billing.fake_gateway import FakeGateway
from regulars.billing.gateway import PaymentsNotSetUp
from regulars.web.access import everybody

A_WEEK = 7  # days


@everybody
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest, page_id: str) -> HttpResponse:
    """Pays, declines or goes back."""
    gateway = _gateway()
    page = gateway.page(page_id, kind="checkout")
    wish = request.POST.get("do", "")
    is_expired = page.get("status") == "expired"
    if wish == "pay" and not is_expired:
        gateway.buy(page_id, at=timezone.now())
        return redirect(page["done"])
    if wish == "back":
        return redirect(page["back"])
    plan = plans.of_lookup_key(page["lookup_key"])
    currency = str(page["lookup_key"]).rpartition("_")[2].upper()
    shown = {
        "plan": plan,
        "price": plan.month[currency] if plan else None,
        "currency": currency,
        "is_trial": page["trial_ends_at"] is not None,
        "is_declined": wish == "decline",
        "is_expired": is_expired,
    }
    return render(request, "pretend/checkout.html", shown)


@everybody
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def portal(request: HttpRequest, page_id: str) -> HttpResponse:
    """What happens to a subscriber: a new card, a month that is paid or not, days that pass, an end."""
    gateway = _gateway()
    page = gateway.page(page_id, kind="portal")
    wish = request.POST.get("do", "")
    if wish == "back":
        return redirect(page["back"])
    if wish in (deeds := _deeds(gateway, page_id)):
        deeds[wish]()
        return redirect("pretend:portal", page_id=page_id)
    return render(
        request,
        "pretend/portal.html",
        {"holder": page["holder"], "plans": [plan for plan in plans.listed() if plan.is_sold]},
    )


def _deeds(gateway: FakeGateway, page_id: str) -> dict[str, Callable[[], Any]]:
    at = timezone.now()
    deeds: dict[str, Callable[[], Any]] = {
        "card": lambda: gateway.pay(page_id),
        "month": lambda: gateway.renew(page_id, card_pays=True, at=at),
        "failing month": lambda: gateway.renew(page_id, card_pays=False, at=at),
        "week": lambda: gateway.pass_days(page_id, days=A_WEEK),
        "end": lambda: gateway.cancel(page_id),
    }
    for plan in plans.listed():
        if plan.is_sold:
            deeds[f"plan {plan.code}"] = lambda code=plan.code: gateway.change_plan(page_id, plan=code)  # type: ignore[misc]
    return deeds


def _gateway() -> FakeGateway:
    try:
        return gateways.pretending()
    except PaymentsNotSetUp:
        raise Http404 from None
