"""Two tabs, one subscription: only the newest Checkout page can be paid on, and nobody pays twice."""

from datetime import timedelta

import pytest

from regulars.billing import buying, subscriptions
from regulars.billing.models import OutboxCommand
from regulars.platform import tenancy
from tests.billing import living
from tests.billing.living import visited

pytestmark = pytest.mark.django_db
BACK = "http://teashop.testserver/billing/"


@pytest.fixture
def life(tea_shop, settings, monkeypatch):
    """A workspace whose trial is over."""
    for running in living.running(tea_shop, settings, monkeypatch):
        start = running.account.moment - timedelta(days=20)
        subscriptions.start_trial(tenant=running.schema, at=start)
        yield running


def tab(life, *, plan="starter", email="jo@example.com"):
    """The address of a Checkout page opened in a tab of its own."""
    return buying.checkout(
        tenant=life.schema, plan=plan, email=email, return_url=BACK, at=life.account.moment
    )


def statuses(life):
    return [row["status"] for row in life.account.subscriptions.values()]


class TestCheckout:
    def test_leaves_only_the_newest_page_open(self, life):
        first, second, third = tab(life), tab(life, plan="growth"), tab(life)

        assert [row["status"] for row in life.account.sessions.values()] == ["expired", "expired", "open"]
        for page in (first, second, third):
            visited(page, "pay")
        assert statuses(life) == ["active"]
        with tenancy.shared():
            done = OutboxCommand.objects.filter(kind="expire", state="done").values_list("key", flat=True)
            assert set(done) == {f"expire-{row}" for row in list(life.account.sessions)[:2]}

    def test_opens_no_page_for_one_who_has_paid_on_another_and_not_come_back(self, life):
        visited(tab(life), "pay")

        with pytest.raises(buying.AlreadySubscribed):
            tab(life, plan="growth")

        assert len(life.account.sessions) == 1
        assert life.standing[:2] == ("active", "starter")

    def test_opens_no_page_for_one_who_pays_while_the_page_is_being_closed(self, life):
        page = tab(life)
        pay_on_expire(life, page)

        with pytest.raises(buying.AlreadySubscribed):
            tab(life, plan="growth")

        assert statuses(life) == ["active"]
        assert life.standing[:2] == ("active", "starter")


def pay_on_expire(life, page):
    """The buyer presses the button in the moment in which the page is to be closed."""
    session_id = page.rpartition("/")[2]
    expire = life.account.expire

    def paid_first(given):
        life.account.complete(session_id)
        return expire(given)

    life.account.expire = paid_first
