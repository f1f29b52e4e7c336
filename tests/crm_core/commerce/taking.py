"""What the tests of orders do again and again."""

from decimal import Decimal

from regulars.crm_core.commerce import orders
from regulars.crm_core.commerce.canonical import Gone
from regulars.crm_core.commerce.models import SaleEntry
from regulars.platform.facts.models import Fact
from tests.factories.commerce import NOON, source


def take(taken, *, origin="webhook", at=NOON, **more):
    return orders.take(order=taken, source=source(origin, **more), at=at)


def gone(taken, *, at, changed_at=None, **more):
    told = Gone(kind="order", external_id=taken.external_id, changed_at=changed_at, **more)
    return orders.gone(gone=told, source=source(), at=at)


def fact_names():
    return [name for name in Fact.objects.order_by("pk").values_list("name", flat=True) if "order" in name]


def booked(**where):
    return sum(SaleEntry.objects.filter(**where).values_list("amount", flat=True), Decimal(0))
