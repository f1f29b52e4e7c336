from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from regulars.crm_core.commerce import ledger, products
from regulars.crm_core.commerce.canonical import OrderStatus
from regulars.crm_core.commerce.models import Product, SaleEntry
from tests.crm_core.commerce.taking import take
from tests.factories.commerce import NOON, changed, line, order, refund

LATER, LAST = NOON + timedelta(hours=1), NOON + timedelta(hours=2)
pytestmark = pytest.mark.usefixtures("tenant")


class TestCost:
    def test_is_what_the_line_says_else_what_the_product_costs(self):
        take(order(lines=(line(product="tea"), line(product="cup"))))
        products.set_cost(product=Product.objects.get(external_id="tea").pk, unit_cost=Decimal(3), at=NOON)
        SaleEntry.objects.all().delete()

        take(order(lines=(line(product="tea", quantity="2"), line(product="cup", unit_cost=Decimal(1)))))

        costs = SaleEntry.objects.filter(kind="item").order_by("cost").values_list("cost", flat=True)
        assert list(costs) == [1, 6]

    def test_stays_what_it_was_when_it_was_sold(self):
        take(order(lines=(line(product="tea"),)))
        tea = Product.objects.get()
        products.set_cost(product=tea.pk, unit_cost=Decimal(3), at=NOON)
        told = order(lines=(line(product="tea"),))
        row = take(told).order
        products.set_cost(product=tea.pk, unit_cost=Decimal(4), at=NOON)

        take(changed(told, at=LATER, status=OrderStatus.COMPLETED))

        assert [entry.cost for entry in row.entries.filter(kind="item")] == [3]

    def test_is_learned_by_taking_the_uncosted_entry_back(self):
        told = order(lines=(line("10", product="tea"),))
        row = take(told).order

        take(changed(told, at=LATER, lines=(replace(told.lines[0], unit_cost=Decimal(4)),)))

        entries = row.entries.order_by("pk").values_list("amount", "cost")
        assert sorted(entries, key=str) == sorted([(10, None), (-10, None), (10, 4)], key=str)
        assert {each.cost for each in ledger.standing(row.entries.all()).values() if each.amount} == {4}

    def test_goes_with_a_cancelled_order_but_not_with_a_refund(self):
        told = order(lines=(line("10", unit_cost=Decimal(4)),))
        row = take(told).order

        take(changed(told, at=LATER, refunds=(refund("10"),)))
        assert sum(each.cost or 0 for each in row.entries.all()) == 4
        take(changed(told, at=LAST, status=OrderStatus.CANCELLED))

        assert sum(each.cost or 0 for each in row.entries.all()) == 0
