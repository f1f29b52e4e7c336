"""What a workspace pays for: its plan, what is used of it, its bills, and the way to pay."""

from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from regulars.billing import buying, plans, subscriptions, surplus
from regulars.billing.gateway import Remote
from regulars.billing.models import Payer, Subscription
from regulars.billing.states import State
from regulars.platform import errors, money
from regulars.tenants.models import Role
from regulars.web import billing_words, htmx, toasts
from regulars.web.access import members, owners
from regulars.web.standing import days_left, told

log = structlog.get_logger(__name__)

COMING_BACK = ("checkout", "portal")


@members
@never_cache
@require_safe
def index(request: htmx.Request) -> HttpResponse:
    schema, at = request.tenant.schema_name, timezone.now()
    if request.GET.get("from") in COMING_BACK:
        return _returned(request)
    row = subscriptions.found(tenant=schema, at=at)
    remote = Remote.from_json(row.remote) if row.remote else None
    is_paying = buying.is_standing(row)
    shown: dict[str, Any] = {
        "row": row,
        "remote": remote,
        "banner": told(row, at=at),
        "undone": [billing_words.undone(each) for each in surplus.undone(tenant=schema, at=at)],
        "plan_name": billing_words.plan_name(row.plan),
        "state": billing_words.state(row.state),
        "days_left": days_left(row.until, at=at) if row.until and row.state == State.TRIALING else None,
        "usage": billing_words.usage(row.plan, tenant=schema, at=at),
        "counts_as_contact": plans.counts_as_contact(),
        "plans": _offers(row, currency=request.tenant.currency),
        "bills": [_bill(bill) for bill in subscriptions.bills(tenant=schema)],
        "is_owner": request.membership.role == Role.OWNER,
        "is_paying": is_paying,
        "by_card": row.payer == Payer.STRIPE and row.customer_id is not None,
        "agreed": is_paying and row.payer != Payer.STRIPE,
    }
    return render(request, "billing/index.html", shown)


@owners
@require_POST
def checkout(request: htmx.Request) -> HttpResponse:
    """To a page of the payment service where the chosen plan is paid for."""
    return _led(
        request,
        lambda: buying.checkout(
            tenant=request.tenant.schema_name,
            plan=request.POST.get("plan", ""),
            email=request.person.email,
            return_url=_address(request),
            at=timezone.now(),
        ),
    )


@owners
@require_POST
def portal(request: htmx.Request) -> HttpResponse:
    """To a page of the payment service where card, plan and end are managed."""
    return _led(
        request,
        lambda: buying.portal(
            tenant=request.tenant.schema_name, return_url=_address(request), at=timezone.now()
        ),
    )


def _led(request: htmx.Request, address: Any) -> HttpResponse:
    try:
        to: str = address()
    except errors.NotFound:
        raise
    except errors.Refused as refused:
        toasts.warn(request, message=str(refused))
        return redirect("billing:index")
    return HttpResponse(status=303, headers={"Location": to})


def _returned(request: htmx.Request) -> HttpResponse:
    """Back from the payment service: ask it at once, so that nobody waits for an event."""
    at = timezone.now()
    try:
        subscriptions.refresh(tenant=request.tenant.schema_name, at=at, cause="return")
        row = subscriptions.found(tenant=request.tenant.schema_name, at=at)
        if request.GET["from"] == "checkout" and buying.is_standing(row):
            words = _("Thank you. Your plan is %(plan)s.")
            toasts.say(request, message=words % {"plan": billing_words.plan_name(row.plan)})
    except errors.Refused as refused:
        log.warning("billing_not_asked", why=refused.code)
        toasts.warn(request, message=_("Your payment is being confirmed. Look again in a minute."))
    return redirect("billing:index")


def _offers(row: Subscription, *, currency: str) -> list[dict[str, Any]]:
    offers = []
    for plan in plans.listed():
        price = money.Money(*plan.price(currency)) if plan.is_sold else None
        offers.append(
            {
                "code": plan.code,
                "name": plan.name,
                "for_whom": plan.for_whom,
                "limits": billing_words.limits(plan.holds),
                "price": price,
                "is_current": plan.code == row.plan,
            }
        )
    return offers


def _bill(bill: Any) -> dict[str, Any]:
    dots = {"paid": "loyal", "open": "risk", "uncollectible": "bad"}
    return {
        "number": bill.number,
        "issued_at": bill.issued_at,
        "amount": money.Money(bill.amount, bill.currency),
        "status": billing_words.bill_status(bill.status),
        "dot": dots.get(bill.status, "quiet"),
        "page_url": bill.page_url if bill.page_url.startswith("https://") else "",
    }


def _address(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("billing:index"))
