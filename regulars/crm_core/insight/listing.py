"""The list of customers: filtered by words, stage and reach, in one of five orders, paged by key.

Each order is an index of its own, so the first page and the thousandth cost the same. All customers are
counted exactly, a large shop's counts are remembered for a minute; a search is counted up to a cap.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db import models
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from redis.exceptions import RedisError

from regulars.crm_core.customers.models import Channel, Consent, Contact
from regulars.crm_core.insight.models import CustomerMetrics, Stage
from regulars.platform import pagination, tenancy
from regulars.platform.pagination import Key, Page

COUNT_CAP = 99
REMEMBERED_FROM = 5_000  # customers: fewer are counted in a millisecond, each time
REMEMBERED_SECONDS = 60
MAX_WORDS_CHARACTERS = 200


class Sort(StrEnum):
    SPEND = "spend"
    ORDERS = "orders"
    LAST_ORDER = "last_order"
    PROFIT = "profit"
    NAME = "name"


@dataclass(frozen=True)
class Filter:
    """Which customers: every word is found in them, the stage is theirs, e-mail may be sent or may not."""

    words: str = ""
    stage: Stage | None = None
    is_reachable: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Customer:
    """A row of the list. Figures are in the tenant's currency; ``profit`` is None when nobody can know it."""

    id: UUID
    name: str
    email: str
    company: str
    city: str
    country_code: str
    tags: tuple[str, ...]
    stage: Stage
    orders_count: int
    total_spent: Decimal
    profit: Decimal | None
    profit_is_estimated: bool
    last_order_at: datetime | None
    is_reachable: bool


@dataclass(frozen=True)
class Count:
    """``number`` rows, or more than that when the count was capped: shown as "99+"."""

    number: int
    is_capped: bool


ORDERS: Mapping[Sort, tuple[Key, ...]] = {
    Sort.SPEND: (Key("total_spent", is_descending=True), Key("contact_id", is_descending=True)),
    Sort.ORDERS: (Key("orders_count", is_descending=True), Key("contact_id", is_descending=True)),
    Sort.LAST_ORDER: (
        Key("last_order_at", is_descending=True, is_nullable=True),
        Key("contact_id", is_descending=True),
    ),
    Sort.PROFIT: (
        Key("profit", is_descending=True, is_nullable=True),
        Key("contact_id", is_descending=True),
    ),
    Sort.NAME: (Key("name"), Key("id")),
}
OF_CONTACT = ("name", "email", "company", "city", "country_code", "tags")
OF_METRICS = ("stage", "orders_count", "total_spent", "profit", "profit_is_estimated", "last_order_at")


def page(*, where: Filter, sort: Sort, cursor: str | None, size: int) -> Page[Customer]:
    """Up to ``size`` customers from ``cursor`` on (None: the first). Raises pagination.BadCursor."""
    salt = f"customers|{where.words.strip().lower()}|{where.stage or ''}|{where.is_reachable}"
    found: Page[Any]
    if sort is Sort.NAME:
        rows = _contacts(where).select_related("metrics").only(*_columns("", "metrics__"))
        found = pagination.page(rows, order=ORDERS[sort], cursor=cursor, size=size, salt=salt)
        read = [
            _row(each, getattr(each, "metrics", None), is_reachable=each.is_reachable) for each in found.rows
        ]
    else:
        return _page(_figures(where), sort=sort, cursor=cursor, size=size, salt=salt)
    return Page(read, next=found.next, previous=found.previous)


def among(rows: "QuerySet[CustomerMetrics]", *, name: str, cursor: str | None, size: int) -> Page[Customer]:
    """Up to ``size`` of these customers, the largest spenders first. ``name`` says which rows they are: a
    cursor is refused under another. Raises pagination.BadCursor."""
    found = rows.annotate(is_reachable=_reach("contact_id"))
    return _page(found, sort=Sort.SPEND, cursor=cursor, size=size, salt=f"among|{name}")


def _page(
    figures: "QuerySet[CustomerMetrics]", *, sort: Sort, cursor: str | None, size: int, salt: str
) -> Page[Customer]:
    rows: Any = figures.select_related("contact").only(*_columns("contact__", ""))
    found: Page[Any] = pagination.page(rows, order=ORDERS[sort], cursor=cursor, size=size, salt=salt)
    read = [_row(each.contact, each, is_reachable=each.is_reachable) for each in found.rows]
    return Page(read, next=found.next, previous=found.previous)


def counts(*, where: Filter) -> dict[Stage | None, Count]:
    """How many customers each stage holds under the filter's words and reach, and all of them (None).

    The filter's own stage is not looked at: the counts stand on the tabs that choose it. One statement.
    Without words and reach they are exact, in a shop of more than 5,000 up to a minute old.
    """
    if not _words(where) and where.is_reachable is None:
        return _all_counts()
    # One query serves all stages, with another value in its place: building it costs more than running it.
    select, params = _capped(Filter(where.words, Stage.LEAD, where.is_reachable))
    place = params.index(Stage.LEAD.value)
    selects = [select] * len(Stage)
    values = [value for stage in Stage for value in [*params[:place], stage.value, *params[place + 1 :]]]
    numbers = tenancy.rows(f"SELECT {', '.join(selects)}", values)[0]
    counted: dict[Stage | None, Count] = {None: _count(sum(numbers))}
    counted.update(zip(Stage, map(_count, numbers), strict=True))
    return counted


def _capped(where: Filter) -> tuple[str, list[Any]]:
    """``(SELECT count(*) ...)`` of at most COUNT_CAP + 1 rows, and its parameters."""
    limited = _figures(where, with_reach=False).order_by().values("pk")[: COUNT_CAP + 1]
    sql, params = limited.query.sql_with_params()
    return f"(SELECT count(*) FROM ({sql}) AS capped)", list(params)  # noqa: S608 (the ORM's, with parameters)


def _all_counts() -> dict[Stage | None, Count]:
    key = f"{tenancy.current()}:insight:counts"
    with suppress(RedisError, OSError):  # a cache that is away costs the counting, no more
        if (remembered := cache.get(key)) is not None:
            return _exact(remembered)
    rows = CustomerMetrics.objects.filter(is_listed=True).order_by()
    numbers = dict(rows.values_list("stage").annotate(number=models.Count("pk")))
    if sum(numbers.values()) > REMEMBERED_FROM:
        with suppress(RedisError, OSError):
            cache.set(key, numbers, REMEMBERED_SECONDS)
    return _exact(numbers)


def _exact(numbers: Mapping[str, int]) -> dict[Stage | None, Count]:
    counted: dict[Stage | None, Count] = {None: Count(sum(numbers.values()), is_capped=False)}
    counted.update((stage, Count(numbers.get(stage.value, 0), is_capped=False)) for stage in Stage)
    return counted


def found(*, where: Filter) -> "QuerySet[CustomerMetrics]":
    """All of them, for exports: figures with their contacts, annotated with ``is_reachable``."""
    return _figures(where).select_related("contact")


def _figures(where: Filter, *, with_reach: bool = True) -> "QuerySet[CustomerMetrics]":
    rows = CustomerMetrics.objects.filter(is_listed=True)
    for word in _words(where):
        rows = rows.filter(contact__search_text__contains=word)
    if where.stage is not None:
        rows = rows.filter(stage=where.stage)
    if with_reach or where.is_reachable is not None:
        rows = rows.annotate(is_reachable=_reach("contact_id"))
    return rows if where.is_reachable is None else rows.filter(Q(is_reachable=where.is_reachable))


def _contacts(where: Filter) -> "QuerySet[Contact]":
    rows = Contact.objects.live()
    for word in _words(where):
        rows = rows.filter(search_text__contains=word)
    if where.stage is not None:
        has_stage = Q(metrics__stage=where.stage)
        rows = rows.filter(has_stage | Q(metrics=None) if where.stage is Stage.LEAD else has_stage)
    rows = rows.annotate(is_reachable=_reach("pk"))
    return rows if where.is_reachable is None else rows.filter(Q(is_reachable=where.is_reachable))


def _words(where: Filter) -> list[str]:
    return where.words[:MAX_WORDS_CHARACTERS].lower().split()


def _reach(contact: str) -> Any:
    """The newest word about e-mail is consent; nothing said means no."""
    newest = Consent.objects.filter(contact=OuterRef(contact), channel=Channel.EMAIL).newest_first()
    return Coalesce(Subquery(newest.values("is_given")[:1]), False)


def _columns(contact: str, metrics: str) -> list[str]:
    return [contact + "id" if contact else "id", *(contact + name for name in OF_CONTACT)] + [
        metrics + name for name in OF_METRICS
    ]


def _row(contact: Contact, metrics: CustomerMetrics | None, *, is_reachable: bool) -> Customer:
    figures = metrics or CustomerMetrics()  # appeared a moment ago: a lead with no orders yet
    return Customer(
        id=contact.pk,
        name=contact.name,
        email=contact.email,
        company=contact.company,
        city=contact.city,
        country_code=contact.country_code,
        tags=tuple(contact.tags),
        stage=Stage(figures.stage),
        orders_count=figures.orders_count,
        total_spent=figures.total_spent,
        profit=figures.profit,
        profit_is_estimated=figures.profit_is_estimated,
        last_order_at=figures.last_order_at,
        is_reachable=is_reachable,
    )


def _count(number: int) -> Count:
    return Count(min(number, COUNT_CAP), is_capped=number > COUNT_CAP)
