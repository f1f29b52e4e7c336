"""A tenant's first page: what needs the person, then the figures; a fresh tenant sees how to begin."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from regulars.crm_core.commerce import imports, queries
from regulars.crm_core.insight import assumptions, attention, figures
from regulars.crm_core.insight.figures import Period
from regulars.integrations.shop import connections
from regulars.web import charts, customer_card, formats, htmx, shop_cards
from regulars.web.access import members
from regulars.web.views import orders

PERIODS = (7, 30, 90)
FIGURES_DAYS = 30
ATTENTION_ROWS = 5
ORDER_ROWS = 6
A_PERCENT = Decimal("0.01")  # what is shown: a smaller change is none
MORNING_ENDS_HOUR, AFTERNOON_ENDS_HOUR = 12, 18


@members
@require_safe
def index(request: htmx.Request) -> HttpResponse:
    at = timezone.now()
    shops = connections.standing()
    latest = queries.page(where=queries.Filter(), sort=queries.Sort.NEWEST, cursor=None, size=ORDER_ROWS).rows
    running = _running(at)
    shown: dict[str, Any] = {
        "greeting": _greeting(request.person.name),
        "running": running,
        "is_fresh": not latest,
    }
    if not latest:
        shown |= _beginning(has_shop=bool(shops), is_running=bool(running))
        return render(request, "home/index.html", shown)
    names = {shop.pk: shop.name for shop in shops}
    cards = shop_cards.cards(tenant=request.tenant.schema_name, shops=shops, at=at)
    shown |= _figures(request, at=at)
    shown |= {
        "sentence": _sentence(cards, attention.count()),
        "attention": _attention(request, at=at),
        "orders": orders.rows(latest, names),
        "shops": cards,
    }
    return render(request, "home/index.html", shown)


@members
@require_safe
def progress(request: htmx.Request) -> HttpResponse:
    """How far readings and imports are; asks for itself again until they are done."""
    shown = {"running": _running(timezone.now()), "was_running": True}
    return render(request, "home/index.html#progress", shown)


def _greeting(name: str) -> str:
    hour, first = timezone.localtime().hour, name.split()[0] if name.split() else ""
    if hour < MORNING_ENDS_HOUR:
        said, alone = _("Good morning, %(name)s"), _("Good morning")
    elif hour < AFTERNOON_ENDS_HOUR:
        said, alone = _("Good afternoon, %(name)s"), _("Good afternoon")
    else:
        said, alone = _("Good evening, %(name)s"), _("Good evening")
    return said % {"name": first} if first else alone


def _sentence(cards: list[shop_cards.Card], silent_count: int) -> str:
    day = formats.full_day(timezone.localdate())
    return _("%(day)s. %(said)s") % {"day": day, "said": _said(cards, silent_count)}


def _said(cards: list[shop_cards.Card], silent_count: int) -> str:
    troubled = sum(1 for card in cards if card.problem or card.dead)
    if troubled:
        said = ngettext("%(count)s shop needs you.", "%(count)s shops need you.", troubled)
        return said % {"count": troubled}
    if silent_count > attention.COUNT_CAP:
        capped = formats.number(attention.COUNT_CAP)
        return _("Over %(count)s customers have fallen silent.") % {"count": capped}
    if silent_count:
        said = ngettext(
            "%(count)s customer needs a word from you.",
            "%(count)s customers need a word from you.",
            silent_count,
        )
        return said % {"count": formats.number(silent_count)}
    return _("Nobody is waiting for you.")


def _running(at: datetime) -> list[shop_cards.Job]:
    jobs = [shop_cards.job(cursor, shop=cursor.connection.name) for cursor in connections.being_read()]
    run = imports.running(at=at)
    if run is not None:
        jobs.append(shop_cards.import_job(run))
    return jobs


def _beginning(*, has_shop: bool, is_running: bool) -> dict[str, Any]:
    has_margin = assumptions.margin() is not None
    steps = [
        {
            "title": _("Connect your shop"),
            "why": _("Customers and orders come by themselves, past ones included."),
            "is_done": has_shop,
            "href": reverse("shops:new"),
            "action": _("Connect a shop"),
            "kind": "primary",
        },
        {
            "title": _("Give your usual margin"),
            "why": _("One number is enough to see profit where a product's cost is not known."),
            "is_done": has_margin,
            "href": reverse("settings:index") + "#figures",
            "action": _("Give the margin"),
            "kind": "plain",
        },
        {
            "title": _("See your first order"),
            "why": _("It appears seconds after it was placed. Orders of the past can come from a file, too."),
            "is_done": False,
            "href": "",
            "action": "",
            "kind": "plain",
        },
    ]
    said = _("Three steps, and you know who your regulars are.")
    if is_running:
        said = _("Your shop is being read. The first customers appear in a moment.")
    return {
        "steps": steps,
        "steps_total": len(steps),
        "steps_done": sum(1 for step in steps if step["is_done"]),
        "sentence": said,
    }


def _figures(request: htmx.Request, *, at: datetime) -> dict[str, Any]:
    zone, currency = ZoneInfo(request.tenant.time_zone), request.tenant.currency
    asked = request.GET.get("days", "")
    days = int(asked) if asked in map(str, PERIODS) else FIGURES_DAYS
    found = figures.of(days=FIGURES_DAYS, zone=zone, at=at)
    charted = found if days == FIGURES_DAYS else figures.of(days=days, zone=zone, at=at)
    unknown = found.now.profit is None
    hint = {
        "text": _("Profit needs to know what your goods cost. Give one usual margin to see an estimate."),
        "href": reverse("settings:index") + "#figures",
        "action": _("Give the margin"),
    }
    return {
        "figures": _cards(found, currency=currency),
        "chart": _chart(charted, currency=currency, at=at),
        "hint": hint if unknown else None,
        "periods": [
            {"days": each, "text": formats.days(each), "is_current": each == days} for each in PERIODS
        ],
    }


def _cards(found: figures.Figures, *, currency: str) -> list[dict[str, Any]]:
    """The figures in their order, profit first."""
    now = found.now
    unknown = "\N{EM DASH}"
    profit = _("Profit, 30 days, estimated") if now.profit_is_estimated else _("Profit, 30 days")
    earned = unknown if now.profit is None else formats.whole_money(now.profit, currency)
    share = unknown if now.returning_share is None else formats.percent(now.returning_share)
    average = unknown if now.average_order is None else formats.money(now.average_order, currency)
    cards = [
        _card(found, profit, earned, lambda period: period.profit),
        _card(
            found,
            _("Revenue, 30 days"),
            formats.whole_money(now.revenue, currency),
            lambda period: period.revenue,
        ),
        _card(found, _("Orders"), formats.number(now.orders_count), lambda period: period.orders_count),
        _card(found, _("Returning customers"), share, lambda period: period.returning_share),
        _card(found, _("Average order"), average, lambda period: period.average_order),
    ]
    lines = [
        None if now.profit is None else [day.profit or Decimal(0) for day in now.days],
        [day.revenue for day in now.days],
        [day.orders_count for day in now.days],
        None,
        [day.gross / day.orders_count for day in now.days if day.orders_count],
    ]
    notes = [_("Costs are not known"), "", "", _returning_words(now), ""]
    for card, line, note in zip(cards, lines, notes, strict=True):
        card |= {"series": line, "note": note}
    return cards


def _card(
    found: figures.Figures, label: str, value: str, read: Callable[[Period], Decimal | int | None]
) -> dict[str, Any]:
    """A figure and how it moved against the days before."""
    share = figures.share_changed(read(found.now), read(found.before))
    change = None if share is None else share.quantize(A_PERCENT) + 0
    return {"label": label, "value": value, "change": change}


def _returning_words(period: Period) -> str:
    if period.returning_share is None:
        return _("Nobody has ordered yet")
    came_back = round(period.returning_share * period.customers_count)
    return _("%(some)s of %(all)s came back") % {
        "some": formats.number(came_back),
        "all": formats.number(period.customers_count),
    }


def _chart(found: figures.Figures, *, currency: str, at: datetime) -> charts.Chart:
    return charts.line(
        labels=[formats.day(day.day, at=at) for day in found.now.days],
        values=[day.revenue for day in found.now.days],
        before=[day.revenue for day in found.before.days],
        shown=lambda amount: formats.money(amount, currency),
        scaled=lambda amount: formats.scale_money(amount, currency),
    )


def _attention(request: htmx.Request, *, at: datetime) -> list[dict[str, Any]]:
    return [
        {
            "id": silent.id,
            "href": reverse("customers:show", args=[silent.id]),
            "name": silent.name or silent.email or "?",
            "value": formats.whole_money(silent.at_stake, request.tenant.currency),
            "reason": customer_card.silence(silent),
        }
        for silent in attention.due(limit=ATTENTION_ROWS, at=at)
    ]
