"""The list of orders."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from regulars.crm_core.commerce import queries
from regulars.crm_core.commerce.canonical import OrderKind, OrderStatus
from regulars.crm_core.commerce.models import Order
from regulars.crm_core.commerce.queries import Filter, Sort
from regulars.integrations.shop.models import Connection
from regulars.web import formats, htmx, lists, words
from regulars.web.access import members
from regulars.web.templatetags import shown

SORTS: dict[str, str] = {Sort.NEWEST: "descending", Sort.TOTAL: "descending"}
STATUSES = frozenset(status.value for status in OrderStatus)
PERIODS: tuple[tuple[str, int | None, str | Promise], ...] = (
    ("", None, gettext_lazy("Any time")),
    ("today", 0, gettext_lazy("Today")),
    ("7", 6, gettext_lazy("Last 7 days")),
    ("30", 29, gettext_lazy("Last 30 days")),
    ("90", 89, gettext_lazy("Last 90 days")),
    ("365", 364, gettext_lazy("Last 12 months")),
)


@members
@require_safe
@vary_on_headers("HX-Request")
def index(request: htmx.Request) -> HttpResponse:
    where, sort, period = _wanted(request)
    page = queries.page(
        where=where, sort=sort, cursor=request.GET.get("cursor") or None, size=lists.ROWS_PER_PAGE
    )
    shops = list(Connection.objects.only("name").order_by("connected_at", "pk"))
    names = {shop.pk: shop.name for shop in shops}
    is_filtered = any((where.words, where.status, where.connection_id, where.since))
    page_shown = {
        "page": {"rows": rows(page.rows, names)},
        "tabs": [{"status": status, "text": text} for status, text in words.STATUS_TABS],
        "heads": lists.heads(request, sorts=SORTS, current=sort, first=Sort.NEWEST),
        "words": where.words,
        "status": where.status.value if where.status else "",
        "connection": where.connection_id,
        "period": period,
        "periods": [(code, text) for code, _days, text in PERIODS],
        "shops": shops,
        "sort_given": "" if sort is Sort.NEWEST else sort.value,
        "is_filtered": is_filtered or bool(request.GET.get("cursor")),
        "is_part": htmx.wants_part(request),
        **lists.pager(request, page),
    }
    return render(request, htmx.template(request, page="orders/index.html", part="rows"), page_shown)


def rows(orders: Sequence[Order], shops: dict[UUID, str]) -> list[dict[str, Any]]:
    """Rows ready to print; ``shops`` names their connections."""
    address, customer, at = lists.addresses("orders:show"), lists.addresses("customers:show"), timezone.now()
    statuses: dict[str, words.Word] = {}
    ready = []
    for order in orders:
        if order.status not in statuses:
            statuses[order.status] = words.spoken(words.status(order.status))
        ready.append(
            _row(order, shops)
            | {
                "href": address(order.pk),
                "customer": customer(order.contact_id) if order.contact_id else "",
                "status": statuses[order.status],
                "ordered_at": order.ordered_at.isoformat(),
                "ordered_at_words": formats.moment(order.ordered_at, at=at),
                "ordered_ago": shown.ago(order.ordered_at),
                "total": formats.money(order.total, order.currency),
            }
        )
    return ready


def _row(order: Order, shops: dict[UUID, str]) -> dict[str, Any]:
    refunded = formats.money(order.refunded, order.currency) if order.refunded else ""
    return {
        "title": title(order),
        "who": who(order),
        "is_test": order.is_test,
        "shop": shops.get(order.connection_id, words.origin(order.origin))
        if order.connection_id
        else _("A file"),
        "refunded": _("%(amount)s refunded") % {"amount": refunded} if refunded else "",
    }


def title(order: Order) -> str:
    """ "#1042"; credit notes and adjustments say what they are."""
    number = words.number(order.number)
    return number if order.kind == OrderKind.SALE else f"{words.KINDS[order.kind]} {number}"


def who(order: Order) -> str:
    if order.contact is not None:
        return words.name_of(order.contact)
    return order.buyer_name or order.email or _("No customer")


def _wanted(request: htmx.Request) -> tuple[Filter, Sort, str]:
    """Filter, order and period out of the address; what nobody knows is not asked for."""
    given = request.GET
    periods = {code: days for code, days, _text in PERIODS}
    period = given.get("period", "") if given.get("period", "") in periods else ""
    status, sort, days = given.get("status", ""), given.get("sort", ""), periods[period]
    where = Filter(
        words=lists.words(request),
        status=OrderStatus(status) if status in STATUSES else None,
        connection_id=_uuid(given.get("shop", "")),
        since=None if days is None else _beginning(days),
    )
    return where, Sort(sort) if sort in SORTS else Sort.NEWEST, period


def _beginning(days: int) -> datetime:
    """The first moment of the day so many days ago, where the viewer is."""
    day = timezone.localdate() - timedelta(days=days)
    return timezone.make_aware(datetime.combine(day, time()))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
