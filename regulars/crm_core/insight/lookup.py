"""Finding one customer quickly, by the beginning of a word or by a telephone number in any written form.

Beginnings of words come first and are an index range of their own (pg_trgm keeps them); only when they are
too few is the middle of words looked at. https://www.postgresql.org/docs/current/pgtrgm.html
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from regulars.crm_core.customers import identity, resolving
from regulars.crm_core.customers.models import PHONE_ENDING_DIGITS, Contact, ContactQuerySet
from regulars.crm_core.insight.models import CustomerMetrics, Stage

MAX_WORDS = 5
MIN_INNER_LETTERS = 3  # fewer letters inside words match everybody
MAX_CANDIDATES = 50


@dataclass(frozen=True)
class Hit:
    """A customer that matches. ``total_spent`` is in the tenant's currency."""

    id: UUID
    name: str
    email: str
    phone: str
    total_spent: Decimal


def named(*, words: str, limit: int) -> list[Hit]:
    """Up to ``limit`` customers with all the words: names that begin with them, then the rest, best first."""
    wanted = words.lower().split()[:MAX_WORDS]
    if not wanted or limit < 1:
        return []
    beginning = _rows()
    for word in wanted:
        beginning = beginning.filter(
            Q(contact__search_text__startswith=word) | Q(contact__search_text__contains=f" {word}")
        )
    found = _best(beginning, wanted[0], limit)
    if len(found) < limit and all(len(word) >= MIN_INNER_LETTERS for word in wanted):
        inner = _rows().exclude(pk__in=[row.pk for row in found])
        for word in wanted:
            inner = inner.filter(contact__search_text__contains=word)
        found += _best(inner, wanted[0], limit - len(found))
    return [_hit(row) for row in found]


def calling(*, phone: str, limit: int, but: Iterable[UUID] = ()) -> list[Hit]:
    """Customers whose number may be this one, however either is written; [] for what is no number."""
    if not identity.phone(phone):
        return []
    ending = re.sub(r"\D", "", identity.phone(phone))[-PHONE_ENDING_DIGITS:]
    # Two statements: joined into one, the planner walks through everybody's figures instead.
    alike = Contact.objects.with_phone_ending(ending).values_list("pk", "phone")[:MAX_CANDIDATES]
    same = [contact for contact, written in alike if identity.is_same_phone(written, phone)]
    rows = _rows().filter(pk__in=set(same) - set(but)).order_by("-total_spent", "-pk")
    return [_hit(row) for row in rows[:limit]] if same and limit > 0 else []


def matching(
    *,
    email: str | None = None,
    words: str | None = None,
    stage: str | None = None,
    updated_after: datetime | None = None,
) -> ContactQuerySet:
    """Live contacts as both APIs filter them; None does not filter.

    ``email``: whoever answers to the address. ``stage``: a value of Stage. ``updated_after``: changed then or
    later, figures included.
    """
    found = Contact.objects.live()
    if email is not None:
        found = found.filter(pk__in=resolving.survivors(resolving.answering_to(email)))
    if words is not None:
        found = found.matching(words)
    if stage is not None:
        here = Q(metrics__stage=stage)
        # A contact without an order has no figures yet.
        found = found.filter(here | Q(metrics=None) if stage == Stage.LEAD else here)
    if updated_after is not None:
        found = found.filter(Q(changed_at__gte=updated_after) | Q(metrics__computed_at__gte=updated_after))
    return found


def _rows() -> "QuerySet[CustomerMetrics]":
    columns = ("total_spent", "contact__name", "contact__email", "contact__phone")
    return CustomerMetrics.objects.filter(is_listed=True).select_related("contact").only(*columns)


def _best(rows: "QuerySet[CustomerMetrics]", word: str, limit: int) -> list[CustomerMetrics]:
    """Names that begin with the first word, then by what was spent."""
    is_first = When(contact__search_text__startswith=word, then=Value(0))
    rank = Case(is_first, default=Value(1), output_field=IntegerField())
    return list(rows.order_by(rank, "-total_spent", "-pk")[:limit])


def _hit(row: CustomerMetrics) -> Hit:
    contact = row.contact
    return Hit(contact.pk, contact.name, contact.email, contact.phone, row.total_spent)
