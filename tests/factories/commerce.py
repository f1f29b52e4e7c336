"""Orders as a shop tells them, with everything a test does not care for filled in."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from regulars.crm_core.commerce.canonical import (
    OrderStatus,
    Source,
    TakenCustomer,
    TakenLine,
    TakenOrder,
    TakenRefund,
)
from regulars.platform import ids

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SHOP = "0190a5c0-0000-7000-8000-00000000a001"
OTHER_SHOP = "0190a5c0-0000-7000-8000-00000000b002"

_numbers = itertools.count(1001)


def source(origin="webhook", connection_id=SHOP):
    return Source(connection_id=connection_id, origin=origin)


def buyer(email="ana@example.com", **more):
    return TakenCustomer(**{"email": email, "first_name": "Ana", "last_name": "Ray", **more})


def line(total="10.00", *, quantity="1", product="tea", **more):
    total, quantity = Decimal(total), Decimal(quantity)
    each = total / quantity if quantity else total
    given = {
        "external_id": str(next(_numbers)),
        "title": f"A {product}",
        "product_external_id": product,
        "quantity": quantity,
        "unit_price": each,
        "total": total,
    }
    return TakenLine(**{**given, **more})


def refund(amount, *, external_id="r1", refunded_at=NOON, **more):
    return TakenRefund(external_id=external_id, amount=Decimal(amount), refunded_at=refunded_at, **more)


def order(**more):
    """A paid order of one line; the total follows lines, shipping, fees and tax unless it is given."""
    number = str(next(_numbers))
    given = {
        "external_id": number,
        "number": number,
        "status": OrderStatus.PROCESSING,
        "currency": "EUR",
        "ordered_at": NOON,
        "changed_at": NOON,
        "customer": buyer(),
        "lines": (line(),),
        **more,
    }
    if "total" not in given:
        parts = [given.get(name, Decimal(0)) for name in ("shipping", "fees", "tax")]
        given["total"] = sum((each.total for each in given["lines"]), sum(parts, Decimal(0)))
    return TakenOrder(**given)


def changed(taken, *, at, **more):
    """The same order, told anew as of a later (or earlier) time."""
    return replace(taken, changed_at=at, **more)


def new_shop():
    return str(ids.new())
