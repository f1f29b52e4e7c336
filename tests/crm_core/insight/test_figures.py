from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from regulars.crm_core.insight import assumptions, figures, metrics
from regulars.crm_core.insight.figures import share_changed
from tests.crm_core.insight.rows import NOON, days_ago, entry, order, person

pytestmark = pytest.mark.usefixtures("tenant")
UTC_ZONE = ZoneInfo("UTC")


def asked(*, days=30, zone=UTC_ZONE, at=NOON):
    metrics.recompute(contacts=None, at=at)
    return figures.of(days=days, zone=zone, at=at)


class TestOf:
    def test_tells_the_window_and_the_one_before_apart(self):
        ana = person()
        order(ana, at=days_ago(1), goods="10", cost="4")
        order(ana, at=days_ago(29), goods="20", cost="5")
        order(ana, at=days_ago(30), goods="40", cost="6")
        order(ana, at=days_ago(60), goods="99", cost="9")

        found = asked()

        assert (found.now.revenue, found.now.profit, found.now.orders_count) == (30, 21, 2)
        assert (found.before.revenue, found.before.profit, found.before.orders_count) == (40, 34, 1)
        assert found.now.average_order == 15

    def test_takes_a_refund_off_on_the_day_it_was_given(self):
        made = order(person(), at=days_ago(40), goods="100", cost="60", shipping="100")
        entry(made, "refund", "-50", at=days_ago(2))

        found = asked()

        # Half of the order was goods, so half of the refund is a loss on goods.
        assert (found.now.revenue, found.now.profit, found.now.orders_count) == (-50, -25, 0)

    def test_estimates_where_costs_are_unknown(self):
        assumptions.set_margin(percent=Decimal(30), at=NOON)
        order(person(), at=days_ago(1), goods="10", cost="4")
        order(person("Bea"), at=days_ago(1), goods="100")

        found = asked()

        assert (found.now.profit, found.now.profit_is_estimated) == (36, True)

    def test_does_not_guess_profit_without_a_margin(self):
        order(person(), at=days_ago(1), goods="10")

        assert asked().now.profit is None

    def test_adds_no_money_without_a_rate(self):
        made = order(person(), at=days_ago(1), goods="10", cost="1")
        entry(made, "item", "500", at=days_ago(1), currency="USD", is_rated=False)

        assert asked().now.revenue == 10

    def test_counts_who_came_back(self):
        ana, bea, cleo = person("Ana"), person("Bea"), person("Cleo")
        order(ana, at=days_ago(100))
        for contact in (ana, bea, bea, cleo):
            order(contact, at=days_ago(2))
        order(cleo, at=days_ago(1))

        found = asked()

        assert (found.now.customers_count, found.now.returning_share) == (3, Decimal(2) / 3)

    def test_gives_each_day_in_the_tenants_zone(self):
        late = datetime(2026, 6, 14, 23, 30, tzinfo=UTC)
        order(person(), at=late, goods="10")

        utc = asked(days=7).now.days
        shanghai = asked(days=7, zone=ZoneInfo("Asia/Shanghai")).now.days

        assert [day.revenue for day in utc] == [0, 0, 0, 0, 0, 10, 0]
        assert [day.revenue for day in shanghai] == [0, 0, 0, 0, 0, 0, 10]

    def test_is_empty_without_an_error(self):
        found = asked()

        assert (found.now.revenue, found.now.orders_count) == (0, 0)
        assert found.now.average_order is None
        assert found.now.returning_share is None

    def test_asks_a_fixed_number_of_times(self, django_assert_num_queries):
        for number in range(9):
            order(person(), at=NOON - timedelta(days=number))

        with django_assert_num_queries(5):
            figures.of(days=90, zone=UTC_ZONE, at=NOON)


@pytest.mark.parametrize(
    ("now", "before", "share"),
    [(150, 100, Decimal("0.5")), (50, 100, Decimal("-0.5")), (5, 0, None), (None, 3, None), (5, -3, None)],
)
def test_a_change_is_told_where_there_is_something_to_compare_with(now, before, share):
    assert share_changed(now, before) == share
