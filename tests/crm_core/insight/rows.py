"""Contacts, orders and their ledger as rows: what insight reads, without the use cases that make it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

from regulars.crm_core.commerce.models import Order, Product, SaleEntry
from regulars.crm_core.customers.models import Consent, Contact

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
_numbers = count(1)


def days_ago(days):
    return NOON - timedelta(days=days)


def person(name="Ada Reed", **fields):
    fields = {"email": f"{name.split()[0].lower()}@example.com", **fields}
    return Contact.objects.create(name=name, appeared_at=NOON, changed_at=NOON, **fields)


def consent(contact, *, is_given, at=NOON):
    Consent.objects.create(contact=contact, channel="email", is_given=is_given, ground="form", happened_at=at)


def product(title="Green tea"):
    return Product.objects.create(external_id=str(next(_numbers)), title=title, currency="EUR")


def order(contact, *, at=NOON, goods="10", cost=None, kind="sale", is_counted=True, **entries):
    """An order and its entries: ``goods``, and by kind ``shipping="5"``, ``tax="2"``, ``refund="-3"``."""
    number = str(next(_numbers))
    made = Order.objects.create(
        external_id=number,
        number=number,
        contact=contact,
        kind=kind,
        status="completed",
        is_counted=is_counted and kind == "sale",
        currency="EUR",
        total=Decimal(goods),
        ordered_at=at,
        taken_at=at,
        origin="import",
    )
    entry(made, "item", goods, cost=cost, at=at)
    for each, amount in entries.items():
        entry(made, each, amount, at=at)
    return made


def entry(made, kind, amount, *, cost=None, at=NOON, currency="EUR", is_rated=True, **fields):
    return SaleEntry.objects.create(
        order=made,
        kind=kind,
        key=f"{kind}:{next(_numbers)}",
        amount=Decimal(amount),
        currency=currency,
        base_amount=Decimal(amount) if is_rated else None,
        cost=None if cost is None else Decimal(cost),
        happened_at=at,
        recorded_at=at,
        **fields,
    )
