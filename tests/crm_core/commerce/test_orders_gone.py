from datetime import timedelta

import pytest

from regulars.crm_core.commerce.canonical import OrderStatus
from regulars.crm_core.commerce.models import Order
from tests.crm_core.commerce.taking import booked, fact_names, gone, take
from tests.factories.commerce import NOON, changed, order

LATER, LAST = NOON + timedelta(hours=1), NOON + timedelta(hours=2)
pytestmark = pytest.mark.usefixtures("tenant")


class TestGone:
    def test_takes_the_money_back_and_leaves_a_tombstone(self):
        told = order()
        take(told)

        row = gone(told, at=LATER)

        assert (row.gone_at, row.is_counted, row.status, booked()) == (LATER, False, "trashed", 0)
        assert fact_names() == ["order.placed", "order.gone"]

    def test_is_said_once(self):
        told = order()
        take(told)
        gone(told, at=LATER)

        gone(told, at=LAST)

        assert fact_names() == ["order.placed", "order.gone"]

    @pytest.mark.parametrize("changed_at", [LATER, None])
    def test_is_not_undone_by_late_older_news(self, changed_at):
        told = order()
        take(told)
        gone(told, at=LATER, changed_at=changed_at)

        assert take(told, at=LAST).outcome == "stale"
        assert booked() == 0

    def test_holds_for_an_order_that_we_never_saw(self):
        told = order()
        gone(told, at=LATER, changed_at=LATER)

        assert take(told, at=LAST).outcome == "stale"
        assert (Order.objects.get().gone_at, booked()) == (LATER, 0)

    def test_ignores_older_news_of_a_restored_order(self):
        told = changed(order(), at=LATER)
        take(told)

        gone(told, changed_at=NOON, at=LAST)

        assert Order.objects.get().gone_at is None

    def test_is_undone_by_a_newer_version(self):
        told = order()
        take(told)
        gone(told, at=LATER, changed_at=LATER)

        taken = take(changed(told, at=LAST), at=LAST)

        assert (taken.outcome, taken.order.gone_at, booked()) == ("restored", None, 10)
        assert fact_names()[-1] == "order.restored"

    def test_has_the_shop_asked_where_the_times_leave_it_open(self):
        told = order()
        take(told)
        gone(told, at=LAST)  # the shop gave no time: LAST is when we heard
        restored = changed(told, at=LATER)

        assert take(restored, at=LAST).outcome == "ask"
        assert take(restored, origin="fetch", at=LAST).outcome == "restored"
        assert booked() == 10

    def test_comes_with_a_status_too(self):
        told = order()
        take(told)

        row = take(changed(told, at=LATER, status=OrderStatus.TRASHED)).order

        assert (row.gone_at, booked()) == (LATER, 0)
        assert fact_names()[-1] == "order.gone"
