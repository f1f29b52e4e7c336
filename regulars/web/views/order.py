"""One order: what was sold and refunded, who bought it where, and what has happened to it."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from regulars.crm_core.commerce import queries
from regulars.crm_core.commerce.canonical import OrderKind
from regulars.crm_core.commerce.models import Order, OrderLine, Refund, SaleEntry
from regulars.integrations.shop.models import Connection
from regulars.platform.facts.models import Fact
from regulars.web import formats, htmx, words
from regulars.web.access import members
from regulars.web.views import orders

EVENTS_AT_MOST = 50


@members
@require_safe
def show(request: htmx.Request, order_id: UUID) -> HttpResponse:
    order = queries.found_one(order_id)
    lines = list(OrderLine.objects.filter(order=order).order_by("position", "pk"))
    refunds = list(Refund.objects.filter(order=order).order_by("-refunded_at", "-pk"))
    shop = Connection.objects.filter(pk=order.connection_id).first() if order.connection_id else None
    shown = {
        "order": order,
        "title": orders.title(order),
        "status": words.status(order.status),
        "net": formats.money(order.total - order.refunded, order.currency),
        "shop": shop,
        "origin": words.origin(order.origin),
        "lines": [_line(line) for line in lines],
        "refunds": refunds,
        "sums": _sums(order, lines),
        "base_note": _base_note(order, base=request.tenant.currency),
        "contact": _contact(order),
        "no_contact": _no_contact(order),
        "details": _details(order),
        "notices": _notices(order),
        "events": _events(order),
    }
    return render(request, "orders/show.html", shown)


def _line(line: OrderLine) -> dict[str, Any]:
    return {
        "title": line.title,
        "sku": line.sku,
        "quantity": line.quantity.normalize(),
        "unit_price": line.unit_price,
        "cost": None if line.unit_cost is None else line.unit_cost * line.quantity,
        "total": line.total,
    }


def _sums(order: Order, lines: list[OrderLine]) -> list[dict[str, Any]]:
    """From the items down to what is left after refunds; what is zero is not named."""
    items = sum((line.total for line in lines), Decimal(0))
    rest = order.total - items - order.shipping - order.fees - order.tax
    parts = [
        (_("Items"), items, bool(lines)),
        (_("Discount, already taken off"), -order.discount, bool(order.discount)),
        (_("Shipping"), order.shipping, bool(order.shipping)),
        (_("Fees"), order.fees, bool(order.fees)),
        (_("Tax"), order.tax, bool(order.tax)),
        (_("Rounding by the shop"), rest, bool(rest and lines)),
    ]
    sums = [_sum(label, amount, order) for label, amount, is_shown in parts if is_shown]
    sums.append(_sum(_("Total"), order.total, order, is_total=True))
    if order.refunded:
        sums.append(_sum(_("Refunded"), -order.refunded, order))
        sums.append(_sum(_("After refunds"), order.total - order.refunded, order, is_total=True))
    return sums


def _sum(label: str, amount: Decimal, order: Order, *, is_total: bool = False) -> dict[str, Any]:
    return {"label": label, "value": formats.money(amount, order.currency), "is_total": is_total}


def _base_note(order: Order, *, base: str) -> str:
    """What the ledger made of an order in another currency."""
    if order.currency == base:
        return ""
    amounts = list(SaleEntry.objects.filter(order=order).values_list("base_amount", flat=True))
    known = [amount for amount in amounts if amount is not None]
    if not known or len(known) < len(amounts):
        said = _("No rate for %(currency)s was known: this order is listed apart and not added to figures.")
        return said % {"currency": order.currency}
    amount = formats.money(sum(known, Decimal(0)), base)
    return _("%(amount)s in your currency, at the rate of its day.") % {"amount": amount}


def _contact(order: Order) -> dict[str, Any] | None:
    contact = order.contact
    if contact is None:
        return None
    return {
        "id": contact.pk,
        "href": reverse("customers:show", args=[contact.pk]),
        "name": words.name_of(contact),
        "caption": contact.email,
    }


def _no_contact(order: Order) -> str:
    if order.buyer_name:
        said = _("Ordered as %(name)s, without an e-mail address, so it belongs to no customer.")
        return said % {"name": order.buyer_name}
    return _("Ordered without an e-mail address, so it belongs to no customer.")


def _details(order: Order) -> list[dict[str, Any]]:
    pairs = [
        (_("Number"), order.number),
        (_("Shop's own status"), order.shop_status),
        (_("Paid by"), order.payment_method),
        (_("Channel"), order.channel),
        (_("E-mail on the order"), order.email),
        (_("How we know"), words.origin(order.origin)),
    ]
    return [{"label": label, "value": value} for label, value in pairs if value]


def _notices(order: Order) -> list[dict[str, Any]]:
    found = []
    if order.gone_at is not None:
        found.append({"kind": "warn", "text": _("The shop has removed this order. It counts nowhere.")})
    elif order.is_test:
        found.append({"kind": "plain", "text": _("This is a test order. It counts nowhere.")})
    elif order.kind == OrderKind.SALE and not order.is_counted:
        found.append({"kind": "plain", "text": _("While it stands like this, the order counts nowhere.")})
    return found


def _events(order: Order) -> list[dict[str, Any]]:
    """What has happened, newest first. An order read from history or a file has but its own date."""
    facts = Fact.objects.filter(subject_id=order.pk).order_by("-happened_at", "-pk")[:EVENTS_AT_MOST]
    events = [_event(fact) for fact in facts]
    if not any(event["name"] == "order.placed" for event in events):
        title, icon, hue = words.ORDER_FACTS["order.placed"]
        events.append(_shown("order.placed", title, icon, hue, order.ordered_at, words.origin(order.origin)))
    return events


def _event(fact: Fact) -> dict[str, Any]:
    title, icon, hue = words.ORDER_FACTS.get(fact.name, (fact.name, "circle", "sand"))
    before, after = fact.before or {}, fact.after or {}
    body = str(words.origin(fact.origin))
    if before.get("status") and after.get("status") and before["status"] != after["status"]:
        said = _("From “%(before)s” to “%(after)s”, %(origin)s")
        body = said % {
            "before": words.status(before["status"]).text,
            "after": words.status(after["status"]).text,
            "origin": body,
        }
    return _shown(fact.name, title, icon, hue, fact.happened_at, body)


def _shown(name: str, title: words.Words, icon: str, hue: str, at: Any, body: words.Words) -> dict[str, Any]:
    return {"name": name, "title": title, "icon": icon, "hue": hue, "at": at, "body": body}
