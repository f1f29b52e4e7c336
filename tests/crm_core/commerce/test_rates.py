from datetime import timedelta
from decimal import Decimal

import pytest

from regulars.crm_core.commerce import rates
from regulars.crm_core.commerce.canonical import OrderStatus
from regulars.crm_core.commerce.models import SaleEntry
from tests.crm_core.commerce.taking import booked, take
from tests.factories.commerce import NOON, changed, line, order, refund

EARLIER, LATER = NOON - timedelta(hours=1), NOON + timedelta(hours=1)
pytestmark = pytest.mark.usefixtures("tenant")


class TestForeignMoney:
    def test_is_worth_what_the_rate_of_its_day_says(self):
        rates.give(currency="USD", rate=Decimal("0.9"), valid_from=EARLIER.date(), at=EARLIER)
        take(order(currency="USD"))

        assert sum(SaleEntry.objects.values_list("base_amount", flat=True)) == 9

    def test_is_never_added_without_a_rate_also_when_one_comes_later(self):
        told = order(currency="USD")
        take(told)
        rates.give(currency="USD", rate=Decimal("0.9"), valid_from=EARLIER.date(), at=LATER)
        take(changed(told, at=LATER, refunds=(refund("4"),)), at=LATER)

        assert set(SaleEntry.objects.values_list("base_amount", flat=True)) == {None}
        assert booked() == 6

    def test_leaves_nothing_after_a_full_refund_whatever_the_rate_became(self):
        rates.give(currency="USD", rate=Decimal("0.913777777"), valid_from=NOON.date(), at=NOON)
        lines = (line("3.33"), line("3.33"), line("3.35"))
        told = order(currency="USD", lines=lines, shipping=Decimal("1.11"))
        take(told)
        rates.give(currency="USD", rate=Decimal("1.5"), valid_from=NOON.date(), at=LATER)

        take(changed(told, at=LATER, refunds=(refund("11.12"),), status=OrderStatus.REFUNDED), at=LATER)

        assert sum(SaleEntry.objects.values_list("base_amount", flat=True)) == Decimal("0.00")

    def test_asks_for_a_rate_that_is_one(self):
        with pytest.raises(rates.BadRate):
            rates.give(currency="EUR", rate=Decimal(2), valid_from=NOON.date(), at=NOON)
        with pytest.raises(rates.BadRate):
            rates.give(currency="USD", rate=Decimal(0), valid_from=NOON.date(), at=NOON)

        assert rates.listed() == []
