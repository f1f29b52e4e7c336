"""The gateway for Stripe, with Stripe's own library, against the fake over HTTP."""

import json
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from regulars.billing.gateway import PaymentsAway, Purchase, UnknownPrice
from regulars.billing.stripe_gateway import StripeGateway
from tests.fakes.stripe import Account, FakeStripe
from tests.fakes.stripe.server import KEY

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def fake():
    account = Account()
    account.add_price("starter_month_eur", 2900)
    account.add_price("growth_month_eur", 9900)
    account.add_price("somebody_elses", 100)
    with FakeStripe(account=account) as running:
        yield running


@pytest.fixture
def gateway(fake):
    return StripeGateway(api_key=KEY, address=fake.url)


@pytest.fixture
def customer(gateway):
    return gateway.make_customer(key="customer-1", name="Tea", email="jo@example.com", tenant="t_1")


def purchase(customer, *, lookup_key="starter_month_eur", trial_ends_at=None):
    return Purchase(
        customer=customer,
        lookup_key=lookup_key,
        reference="0190",
        success_url="http://tea.localhost/billing/?from=checkout",
        cancel_url="http://tea.localhost/billing/",
        trial_ends_at=trial_ends_at,
    )


def buy(gateway, fake, customer, **more):
    page = gateway.start_checkout(key=f"checkout-{len(fake.requests)}", purchase=purchase(customer, **more))
    fake.account.complete(page.id)
    return page


class TestMakeCustomer:
    def test_makes_one_however_often_it_is_asked_with_the_same_key(self, gateway, fake, customer):
        again = gateway.make_customer(key="customer-1", name="Tea", email="jo@example.com", tenant="t_1")

        assert again == customer
        assert fake.account.customers[customer]["metadata"] == {"tenant": "t_1"}
        assert len(fake.account.customers) == 1

    def test_makes_one_when_the_answer_was_lost(self, gateway, fake):
        fake.faults = ["lost"]

        gateway.make_customer(key="customer-1", name="Tea", email="", tenant="t_1")

        assert len(fake.account.customers) == 1
        assert [key for _method, _path, key in fake.requests] == ["customer-1", "customer-1"]

    @pytest.mark.parametrize("fault", [(500, False), (429, False)])
    def test_says_that_payments_are_away(self, gateway, fake, fault):
        fake.faults = [fault]

        with pytest.raises(PaymentsAway):
            gateway.make_customer(key="customer-1", name="Tea", email="", tenant="t_1")
        assert fake.account.customers == {}


class TestStartCheckout:
    def test_leads_to_a_page_that_sells_the_plan(self, gateway, fake, customer):
        page = gateway.start_checkout(key="checkout-1", purchase=purchase(customer))

        assert page.url == f"{fake.url}/pay/{page.id}"
        session = fake.account.sessions[page.id]
        assert (session["amount_total"], session["client_reference_id"]) == (2900, "0190")

    def test_refuses_a_price_that_is_not_there(self, gateway, customer):
        with pytest.raises(UnknownPrice):
            gateway.start_checkout(
                key="checkout-1", purchase=purchase(customer, lookup_key="starter_month_usd")
            )

    def test_refuses_to_use_a_key_for_something_else(self, gateway, customer):
        gateway.start_checkout(key="checkout-1", purchase=purchase(customer))

        with pytest.raises(PaymentsAway):
            gateway.start_checkout(
                key="checkout-1", purchase=purchase(customer, lookup_key="growth_month_eur")
            )


class TestExpireCheckout:
    def test_closes_an_open_page_so_that_nobody_pays_on_it(self, gateway, fake, customer):
        page = gateway.start_checkout(key="checkout-1", purchase=purchase(customer))
        assert gateway.open_checkouts(customer=customer) == [page.id]

        assert gateway.expire_checkout(key="expire-1", page_id=page.id)

        fake.account.complete(page.id)
        assert gateway.open_checkouts(customer=customer) == []
        assert fake.account.subscriptions == {}

    def test_tells_when_somebody_has_paid_already(self, gateway, fake, customer):
        page = buy(gateway, fake, customer)

        assert not gateway.expire_checkout(key="expire-1", page_id=page.id)
        assert fake.account.sessions[page.id]["status"] == "complete"


class TestFetched:
    def test_is_nothing_before_anything_is_bought(self, gateway, customer):
        answer = gateway.fetched(customer=customer)

        assert (answer.remote, answer.bills) == (None, ())

    def test_tells_the_subscription_and_its_bill(self, gateway, fake, customer):
        buy(gateway, fake, customer)

        answer = gateway.fetched(customer=customer)

        assert (answer.remote.status, answer.remote.plan) == ("active", "starter")
        assert answer.remote.period_ends_at == fake.account.moment + timedelta(days=30)
        bill = answer.bills[0]
        assert (bill.amount, bill.currency, bill.status) == (Decimal("29.00"), "EUR", "paid")

    def test_tells_of_a_trial_that_goes_on(self, gateway, fake, customer):
        ends = fake.account.moment + timedelta(days=10)
        buy(gateway, fake, customer, trial_ends_at=ends)

        answer = gateway.fetched(customer=customer)

        assert (answer.remote.status, answer.remote.period_ends_at, answer.bills) == ("trialing", ends, ())

    def test_counts_what_is_owed_from_the_oldest_bill(self, gateway, fake, customer):
        buy(gateway, fake, customer)
        fake.account.end_unpaid_with = "unpaid"
        fake.account.cards[customer] = False
        fake.account.advance(days=61)

        answer = gateway.fetched(customer=customer)

        assert answer.remote.status == "unpaid"
        assert answer.remote.unpaid_since == fake.account.moment - timedelta(days=31)

    def test_tells_one_that_ended_unpaid_from_one_that_was_ended(self, gateway, fake, customer):
        buy(gateway, fake, customer)
        fake.account.cards[customer] = False
        fake.account.advance(days=50)
        unpaid = gateway.fetched(customer=customer).remote

        assert (unpaid.status, unpaid.ended_unpaid) == ("canceled", True)
        assert unpaid.unpaid_since == fake.account.moment - timedelta(days=20)

    def test_prefers_the_subscription_that_gives_most(self, gateway, fake, customer):
        buy(gateway, fake, customer)
        buy(gateway, fake, customer, lookup_key="growth_month_eur")
        newest = list(fake.account.subscriptions.values())[-1]
        fake.account.cancel(newest["id"])

        assert gateway.fetched(customer=customer).remote.plan == "starter"

    def test_refuses_a_price_that_is_no_plan_of_ours(self, gateway, fake, customer):
        buy(gateway, fake, customer, lookup_key="somebody_elses")

        with pytest.raises(UnknownPrice):
            gateway.fetched(customer=customer)


def test_a_start_of_django_does_not_import_stripe():
    asked = "import django, json, sys; django.setup(); import regulars.urls_public, regulars.reactions; "
    asked += "print(json.dumps('stripe' in sys.modules))"
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert json.loads(ran.stdout.splitlines()[-1]) is False
