"""Two tabs, one subscription: only the newest Checkout page can be paid on, and nobody pays twice."""

from datetime import timedelta
from decimal import Decimal

import pytest

from regulars.billing import buying, subscriptions, surplus
from regulars.billing.gateway import DetailsRefused, PaymentsAway, UnknownPrice
from regulars.billing.models import OutboxCommand
from regulars.billing.stripe_gateway import StripeGateway
from regulars.platform import tenancy
from regulars.platform.money import Money
from tests.billing import living
from tests.billing.living import visited
from tests.web.conftest import words

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

    def test_opens_no_page_beside_a_subscription_it_does_not_know(self, life):
        tab(life)
        price = life.account.add_price("somebody_elses", 100)
        life.account.subscribe(next(iter(life.account.customers)), price)

        with pytest.raises(UnknownPrice, match="not sold here"):
            tab(life)

        assert [row["status"] for row in life.account.sessions.values()] == ["expired"]


class TestTheCustomer:
    """One workspace is one customer, whatever became of an answer and of the owner's address."""

    def customers(self, life):
        return [(row["email"], row["metadata"]) for row in life.account.customers.values()]

    @pytest.mark.parametrize("hours", [0, 19, 21, 24 * 40], ids=lambda hours: f"{hours} hours later")
    def test_is_one_when_the_answer_was_lost_and_the_address_changed(self, life, hours):
        life.fake.faults = ["lost", "lost"]
        with pytest.raises(PaymentsAway):
            tab(life, email="old@example.com")
        life.account.advance(hours=hours)

        for email in ("new@example.com", "newer@example.com"):
            tab(life, email=email)

        assert self.customers(life) == [("old@example.com", {"tenant": life.schema})]
        row = subscriptions.found(tenant=life.schema, at=life.account.moment)
        assert row.customer_id == next(iter(life.account.customers))
        with tenancy.shared():
            asked = OutboxCommand.objects.get(kind="customer")
            assert (asked.state, asked.attempts, asked.parameters) == ("done", 2, None)

    def test_is_one_when_nothing_had_arrived(self, life):
        life.fake.faults = [(500, False)]
        with pytest.raises(PaymentsAway):
            tab(life, email="old@example.com")
        life.account.advance(days=2)

        tab(life, email="new@example.com")

        assert len(self.customers(life)) == 1

    def test_is_made_with_another_address_where_stripe_refused_the_first(self, life):
        with pytest.raises(DetailsRefused):
            tab(life, email="no address")
        assert self.customers(life) == []

        tab(life, email="jo@example.com")

        assert self.customers(life) == [("jo@example.com", {"tenant": life.schema})]
        with tenancy.shared():
            states = OutboxCommand.objects.filter(kind="customer").order_by("pk")
            assert list(states.values_list("state", flat=True)) == ["refused", "done"]


class TestTwoTabsThatWereBothPaid:
    """As when both were opened in one moment: neither knew of the other."""

    @pytest.fixture
    def paid(self, life, monkeypatch):
        monkeypatch.setattr(StripeGateway, "open_checkouts", lambda *_a, **_k: [])
        for page in [tab(life, plan="starter"), tab(life, plan="growth")]:
            visited(page, "pay")
        assert statuses(life) == ["active", "active"]
        return life

    def test_leave_one_subscription_and_pay_the_other_back(self, paid):
        paid.how = {"twice": True, "seed": 4}
        paid.hear()

        assert statuses(paid) == ["active", "canceled"]
        assert paid.standing[:2] == ("active", "starter")
        _older, newer = paid.account.subscriptions.values()
        bill = newer["latest_invoice"]
        assert [row[1:] for row in paid.ledger[2:]] == [
            ("state", "trialing", "active"), ("plan", "trial", "free"), ("plan", "free", "starter"),
            ("surplus", f"growth {newer['id']}", "ended"), ("refund", f"{newer['id']} {bill}", "99.00 EUR"),
        ]  # fmt: skip
        assert [(each["invoice"], each["refunds"][0]["amount_refunded"]) for each in notes(paid)] == [
            (bill, 9900)
        ]

    def test_is_told_to_the_owner(self, paid):
        paid.hear()
        paid.sign_in()

        page = words(paid.staff.get("/billing/"))
        said = "You had subscribed twice: Growth was ended at once on Monday, November 2, 2026. "
        assert said + "The €99.00 you paid for it go back to your card." in page
        assert "Refunded" in page
        paid.account.advance(days=31)
        assert "You had subscribed twice" not in words(paid.staff.get("/billing/"))

    def test_is_credited_where_a_card_cannot_be_paid_back(self, paid):
        paid.account.refunds = False
        paid.hear()

        assert statuses(paid) == ["active", "canceled"]
        assert paid.ledger[-1][1::2] == ("credit", "99.00 EUR")
        assert next(iter(paid.account.customers.values()))["balance"] == -9900
        told = surplus.undone(tenant=paid.schema, at=paid.account.moment)
        assert [(each.plan, each.returned, each.is_credited) for each in told] == [
            ("growth", Money(Decimal(99), "EUR"), True)
        ]

    def test_is_finished_later_when_stripe_goes_away_in_between(self, paid):
        paid.fake.faults = [*[None] * 6, (500, False)]  # at the seventh question: give the money back

        with pytest.raises(PaymentsAway):
            subscriptions.refresh(tenant=paid.schema, at=paid.account.moment, cause="test")
        assert statuses(paid) == ["active", "canceled"]
        assert paid.standing[:2] == ("active", "starter")
        assert (notes(paid), len(paid.ledger)) == ([], 5)

        for _ in range(2):
            subscriptions.refresh(tenant=paid.schema, at=paid.account.moment, cause="test")

        assert [each["amount"] for each in notes(paid)] == [9900]
        assert [row[1] for row in paid.ledger[5:]] == ["surplus", "refund"]


def notes(life):
    return list(life.account.credit_notes.values())


def pay_on_expire(life, page):
    """The buyer presses the button in the moment in which the page is to be closed."""
    session_id = page.rpartition("/")[2]
    expire = life.account.expire

    def paid_first(given):
        life.account.complete(session_id)
        return expire(given)

    life.account.expire = paid_first
