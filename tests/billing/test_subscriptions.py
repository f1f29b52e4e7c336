"""What a tenant pays for, through the pretending gateway; the ledger; what follows from it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError

from regulars.billing import buying, plans, subscriptions, surplus
from regulars.billing.fake_gateway import ExpiredPage
from regulars.billing.gateway import Answer, Purchase, Remote
from regulars.billing.models import BillingLedger, Invoice, OutboxCommand, Payer
from regulars.crm_core.insight.models import CustomerMetrics
from regulars.platform import tenancy
from regulars.platform.facts.models import Fact
from regulars.platform.money import Money
from regulars.tenants import entitlements
from regulars.tenants.entitlements import Access

pytestmark = pytest.mark.django_db
BACK = "http://teashop.localhost:8000/billing/"


def ledger(tenant):
    with tenancy.shared():
        rows = BillingLedger.objects.filter(tenant=tenant).order_by("pk")
        return [(row.what, row.before, row.after) for row in rows]


def bought(pretending, tenant, *, at, plan="starter"):
    """The id of the Checkout page that was paid on."""
    url = buying.checkout(tenant=tenant, plan=plan, email="jo@example.com", return_url=BACK, at=at)
    page_id = url.rstrip("/").rpartition("/")[2]
    pretending.buy(page_id, at=at)
    subscriptions.refresh(tenant=tenant, at=at, cause="test")
    return page_id


def portal(tenant, *, at):
    return buying.portal(tenant=tenant, return_url=BACK, at=at).rstrip("/").rpartition("/")[2]


def kept(tenant, *, at):
    return subscriptions.found(tenant=tenant, at=at)


class TestStartTrial:
    def test_gives_everything_for_14_days(self, tenant, now):
        row = subscriptions.start_trial(tenant=tenant, at=now)
        again = subscriptions.start_trial(tenant=tenant, at=now + timedelta(days=3))

        assert (row.state, row.plan, row.until) == ("trialing", "trial", now + timedelta(days=14))
        assert again.trial_ends_at == row.trial_ends_at
        assert entitlements.of(tenant=tenant) == entitlements.TRIAL
        assert ledger(tenant) == [("state", "", "trialing"), ("plan", "", "trial")]

    def test_ends_on_the_free_plan_with_nothing_lost(self, tenant, now):
        subscriptions.start_trial(tenant=tenant, at=now)

        assert subscriptions.settle(tenant=tenant, at=now + timedelta(days=14))

        assert entitlements.access(tenant=tenant) is Access.FULL
        assert entitlements.of(tenant=tenant) == dict(plans.found("free").holds)
        assert ledger(tenant)[2:] == [("state", "trialing", "active"), ("plan", "trial", "free")]
        assert not subscriptions.settle(tenant=tenant, at=now + timedelta(days=400))


class TestDue:
    def test_lists_who_has_no_subscription_yet_and_whose_time_has_come(self, tenant, now):
        assert tenant in subscriptions.due(at=now)
        subscriptions.start_trial(tenant=tenant, at=now)

        assert tenant not in subscriptions.due(at=now + timedelta(days=13))
        assert tenant in subscriptions.due(at=now + timedelta(days=14))


class TestCheckout:
    def test_ends_in_a_paid_subscription_with_its_bill(self, pretending, tenant, now):
        subscriptions.start_trial(tenant=tenant, at=now - timedelta(days=13))

        bought(pretending, tenant, at=now)

        row = kept(tenant, at=now)
        assert (row.payer, row.plan, row.state, row.until) == ("stripe", "starter", "active", None)
        assert entitlements.of(tenant=tenant)["mails"] == 25_000
        with tenancy.shared():
            bill = Invoice.objects.get(tenant=row.tenant)
            kinds = OutboxCommand.objects.filter(tenant=row.tenant).order_by("asked_at", "pk")
            assert [(each.kind, each.state) for each in kinds] == [("customer", "done"), ("checkout", "done")]
        assert (str(bill.amount), bill.currency, bill.status) == ("29.0000", "EUR", "paid")
        assert Fact.objects.filter(name="subscription.changed", subject_id=row.pk).count() == 2

    def test_leaves_the_rest_of_the_trial_free(self, pretending, tenant, now):
        subscriptions.start_trial(tenant=tenant, at=now - timedelta(days=2))

        bought(pretending, tenant, at=now, plan="growth")

        row = kept(tenant, at=now)
        assert (row.state, row.plan) == ("trialing", "growth")
        assert subscriptions.bills(tenant=tenant) == []

    def test_sells_no_second_subscription(self, pretending, tenant, now):
        subscriptions.start_trial(tenant=tenant, at=now - timedelta(days=20))
        bought(pretending, tenant, at=now)

        with pytest.raises(buying.AlreadySubscribed):
            buying.checkout(tenant=tenant, plan="growth", email="", return_url=BACK, at=now)

    def test_closes_the_pages_opened_before(self, pretending, tenant, now):
        subscriptions.start_trial(tenant=tenant, at=now - timedelta(days=20))
        first, second = (
            buying.checkout(tenant=tenant, plan="starter", email="", return_url=BACK, at=now)
            for _ in range(2)
        )

        with pytest.raises(ExpiredPage):
            pretending.buy(first.rstrip("/").rpartition("/")[2], at=now)
        pretending.buy(second.rstrip("/").rpartition("/")[2], at=now)

        subscriptions.refresh(tenant=tenant, at=now, cause="test")
        assert [str(bill.amount) for bill in subscriptions.bills(tenant=tenant)] == ["29.0000"]

    def test_sells_nothing_that_is_free(self, tenant, now):
        with pytest.raises(buying.NotSold):
            buying.checkout(tenant=tenant, plan="free", email="", return_url=BACK, at=now)

    def test_makes_one_customer_however_often_it_is_tried(self, pretending, tenant, now):
        for _ in range(3):
            buying.checkout(tenant=tenant, plan="starter", email="", return_url=BACK, at=now)

        with pretending._state() as state:
            assert len(state["customers"]) == 1


class TestOwing:
    @pytest.fixture
    def page(self, pretending, tenant, now):
        """The portal of a subscriber whose card has just failed."""
        subscriptions.start_trial(tenant=tenant, at=now - timedelta(days=40))
        bought(pretending, tenant, at=now - timedelta(days=30))
        page_id = portal(tenant, at=now)
        pretending.renew(page_id, card_pays=False, at=now)
        subscriptions.refresh(tenant=tenant, at=now, cause="test")
        return page_id

    def test_takes_mail_away_after_the_grace_and_then_the_rest(self, page, tenant, now):
        seen = []
        for days in (0, 6, 7, 36, 37, 127):
            subscriptions.settle(tenant=tenant, at=now + timedelta(days=days))
            row = kept(tenant, at=now)
            seen.append(
                (row.state, entitlements.access(tenant=tenant).value, entitlements.may_mail(tenant=tenant))
            )

        assert seen == [
            ("past_due", "full", True),
            ("past_due", "full", True),
            ("restricted", "read_only", False),
            ("restricted", "read_only", False),
            ("suspended", "billing_only", False),
            ("closed", "billing_only", False),
        ]

    def test_gets_no_new_grace_with_the_next_bill(self, page, pretending, tenant, now):
        later = now + timedelta(days=30)
        pretending.renew(page, card_pays=False, at=later)

        subscriptions.refresh(tenant=tenant, at=later, cause="test")

        assert kept(tenant, at=later).state == "restricted"

    def test_has_everything_back_once_it_is_paid(self, page, pretending, tenant, now):
        subscriptions.settle(tenant=tenant, at=now + timedelta(days=20))

        pretending.pay(page)
        subscriptions.refresh(tenant=tenant, at=now + timedelta(days=20), cause="test")

        assert entitlements.access(tenant=tenant) is Access.FULL
        assert entitlements.may_mail(tenant=tenant)
        assert {bill.status for bill in subscriptions.bills(tenant=tenant)} == {"paid"}

    def test_falls_to_the_free_plan_when_its_owner_ends_it(self, page, pretending, tenant, now):
        pretending.cancel(page)

        subscriptions.refresh(tenant=tenant, at=now, cause="test")

        assert (kept(tenant, at=now).plan, kept(tenant, at=now).state) == ("free", "active")


class TestApply:
    def answer(self, status, *, at):
        remote = Remote(id="sub_1", status=status, plan="starter", started_at=at)
        return Answer(remote=remote, bills=(), answered_at=at)

    def test_drops_an_answer_that_a_later_one_has_overtaken(self, tenant, now):
        newer, older = self.answer("active", at=now), self.answer("unpaid", at=now - timedelta(seconds=1))

        assert subscriptions.apply(tenant=tenant, answer=newer, at=now, cause="test")
        assert not subscriptions.apply(tenant=tenant, answer=older, at=now, cause="test")

        assert kept(tenant, at=now).state == "active"

    def test_notes_nothing_when_the_same_is_told_again(self, tenant, now):
        for _ in range(3):
            subscriptions.apply(tenant=tenant, answer=self.answer("active", at=now), at=now, cause="test")

        assert ledger(tenant) == [
            ("state", "", "trialing"), ("plan", "", "trial"),
            ("state", "trialing", "active"), ("plan", "trial", "starter"),
        ]  # fmt: skip


class TestLimits:
    def test_take_mail_from_one_who_has_outgrown_the_plan_but_no_order(self, tenant, now, monkeypatch):
        subscriptions.start_trial(tenant=tenant, at=now)
        monkeypatch.setattr(subscriptions, "contacts_used", lambda *, tenant: 501)

        subscriptions.settle(tenant=tenant, at=now + timedelta(days=15))

        assert kept(tenant, at=now).is_over_limit
        assert not entitlements.may_mail(tenant=tenant)
        assert entitlements.access(tenant=tenant) is Access.FULL

    def test_count_the_customers_that_are_listed(self, tenant):
        assert subscriptions.contacts_used(tenant=tenant) == CustomerMetrics.objects.count()


class TestAgree:
    @pytest.mark.parametrize("payer", [Payer.MANUAL, Payer.SHOPIFY])
    def test_gives_the_same_plan_whoever_pays(self, tenant, now, payer):
        subscriptions.agree(tenant=tenant, plan="growth", payer=payer, at=now, cause="operator")

        row = kept(tenant, at=now)
        assert (row.payer, row.plan, row.state) == (payer, "growth", "active")
        assert entitlements.of(tenant=tenant) == dict(plans.found("growth").holds)
        with pytest.raises(buying.PaidOtherwise):
            buying.checkout(tenant=tenant, plan="starter", email="", return_url=BACK, at=now)


class TestTheLedger:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE public.billing_billingledger SET after = 'active'",
            "DELETE FROM public.billing_billingledger",
            "TRUNCATE public.billing_billingledger",
        ],
    )
    def test_cannot_be_changed(self, tenant, now, statement):
        subscriptions.start_trial(tenant=tenant, at=now)

        with pytest.raises(DatabaseError), tenancy.atomic(), tenancy.shared():
            tenancy.execute(statement)

        assert len(ledger(tenant)) == 2


class TestRefresh:
    def test_undoes_a_second_subscription(self, pretending, tenant, now):
        subscriptions.start_trial(tenant=tenant, at=now - timedelta(days=20))
        first = buying.checkout(tenant=tenant, plan="starter", email="", return_url=BACK, at=now)
        page = pretending.page(first.rstrip("/").rpartition("/")[2], kind="checkout")
        purchase = Purchase(
            customer=page["customer"], lookup_key="growth_month_eur", reference="", success_url=BACK,
            cancel_url=BACK,
        )  # fmt: skip
        second = pretending.start_checkout(key="another", purchase=purchase)
        for page_id in (first.rstrip("/").rpartition("/")[2], second.id, second.id):
            pretending.buy(page_id, at=now)

        for _ in range(2):
            subscriptions.refresh(tenant=tenant, at=now, cause="test")

        assert kept(tenant, at=now).plan == "starter"
        assert {bill.amount: bill.status for bill in subscriptions.bills(tenant=tenant)} == {
            29: "paid",
            99: "refunded",
        }
        assert [row[0] for row in ledger(tenant)][-2:] == ["surplus", "refund"]
        told = surplus.undone(tenant=tenant, at=now)
        assert [(each.plan, each.returned) for each in told] == [("growth", Money(Decimal(99), "EUR"))]
