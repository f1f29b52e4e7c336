from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from regulars.crm_core.commerce import orders
from regulars.crm_core.commerce.canonical import OrderStatus
from regulars.crm_core.insight import spending
from tests.crm_core.insight.rows import NOON, entry, order, person
from tests.factories import commerce

pytestmark = pytest.mark.usefixtures("tenant")
BERLIN = ZoneInfo("Europe/Berlin")


class TestMonthly:
    def test_sums_each_month_the_present_one_last(self):
        ana = person()
        for month, goods in ((4, "10"), (6, "5"), (6, "7")):
            order(ana, at=datetime(2026, month, 3, tzinfo=UTC), goods=goods)
        order(person("Bea"), at=NOON, goods="99")

        assert spending.monthly(contact=ana.pk, months=3, zone=BERLIN, at=NOON) == [10, 0, 12]

    def test_begins_a_month_where_the_tenant_is(self):
        ana = person()
        order(ana, at=datetime(2026, 5, 31, 22, 30, tzinfo=UTC), goods="10")

        assert spending.monthly(contact=ana.pk, months=2, zone=BERLIN, at=NOON) == [0, 10]
        assert spending.monthly(contact=ana.pk, months=2, zone=ZoneInfo("UTC"), at=NOON) == [10, 0]

    def test_reaches_over_the_turn_of_the_year(self):
        ana = person()
        order(ana, at=datetime(2025, 7, 1, 12, tzinfo=UTC), goods="10")

        assert spending.monthly(contact=ana.pk, months=12, zone=BERLIN, at=NOON) == [10, *[0] * 11]

    def test_adds_nothing_without_a_rate(self):
        ana = person()
        made = order(ana, goods="10")
        entry(made, "item", "500", currency="USD", is_rated=False)

        assert spending.monthly(contact=ana.pk, months=1, zone=BERLIN, at=NOON) == [10]


class TestFavorites:
    def bought(self, *products, **more):
        lines = tuple(commerce.line("10.00", quantity="2", product=product) for product in products)
        told = commerce.order(lines=lines, **more)
        return orders.take(order=told, source=commerce.source(), at=NOON).order.contact_id

    def test_counts_orders_before_pieces(self):
        for products in (("tea", "cup"), ("tea",), ("tea", "cup"), ("pot",)):
            contact = self.bought(*products)

        found = spending.favorites(contact=contact, limit=2)

        assert [(one.title, one.orders_count, one.quantity) for one in found] == [
            ("A tea", 3, Decimal(6)),
            ("A cup", 2, Decimal(4)),
        ]

    def test_leaves_out_orders_that_do_not_count(self):
        contact = self.bought("tea", status=OrderStatus.FAILED)

        assert spending.favorites(contact=contact, limit=5) == []
