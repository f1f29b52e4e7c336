"""Orders as they are looked for: filtered, newest or largest first, paged by key."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from regulars.crm_core.commerce.canonical import OrderStatus
from regulars.crm_core.commerce.models import Order
from regulars.crm_core.customers.models import Contact
from regulars.platform import errors, pagination
from regulars.platform.pagination import Key, Page

MAX_WORDS_CHARACTERS = 200
LISTED = (
    "number", "kind", "status", "is_test", "connection_id", "contact_id", "email", "buyer_name", "currency",
    "total", "refunded", "ordered_at", "origin", "contact__name", "contact__email",
)  # fmt: skip


class UnknownOrder(errors.NotFound):
    code = "unknown_order"


class Sort(StrEnum):
    NEWEST = "newest"
    TOTAL = "total"  # as written, in whatever currency


@dataclass(frozen=True)
class Filter:
    """Which orders. ``words``: the number as it is, or words of the customer; ``since``: not earlier."""

    words: str = ""
    status: OrderStatus | None = None
    connection_id: UUID | None = None
    contact_id: UUID | None = None
    since: datetime | None = None


ORDERS: Mapping[Sort, tuple[Key, ...]] = {
    Sort.NEWEST: (Key("ordered_at", is_descending=True), Key("id", is_descending=True)),
    Sort.TOTAL: (Key("total", is_descending=True), Key("id", is_descending=True)),
}


def page(*, where: Filter, sort: Sort, cursor: str | None, size: int) -> Page[Order]:
    """Up to ``size`` orders from ``cursor`` on (None: the first), with contacts; gone ones are left out.

    Two statements at most. Raises pagination.BadCursor.
    """
    salt = "|".join(["orders", where.words.lower(), *map(str, (where.status, where.connection_id))])
    salt += f"|{where.contact_id}|{where.since.isoformat() if where.since else ''}"
    rows = found(where=where).select_related("contact").only(*LISTED)
    return pagination.page(rows, order=ORDERS[sort], cursor=cursor, size=size, salt=salt)


def found(*, where: Filter) -> "QuerySet[Order]":
    """All orders that match and still are."""
    rows = Order.objects.filter(gone_at=None)
    if words := where.words.strip()[:MAX_WORDS_CHARACTERS]:
        people = Contact.objects.matching(words).values("pk")
        nobody = Q(contact=None, buyer_name__icontains=words)
        rows = rows.filter(Q(number=words.removeprefix("#")) | Q(contact__in=people) | nobody)
    if where.status is not None:
        rows = rows.filter(status=where.status.value)
    if where.connection_id is not None:
        rows = rows.filter(connection_id=where.connection_id)
    if where.contact_id is not None:
        rows = rows.filter(contact=where.contact_id)
    return rows if where.since is None else rows.filter(ordered_at__gte=where.since)


def found_one(order: UUID) -> Order:
    """One order, also a gone one, with its contact. Raises UnknownOrder."""
    row = Order.objects.select_related("contact").filter(pk=order).first()
    if row is None:
        raise UnknownOrder(_("There is no such order."))
    return row
