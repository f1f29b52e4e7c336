"""The fake is honest: its objects have the fields, nesting and values of Stripe's library and examples."""

import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path

import pytest

from regulars.billing import plans
from tests.fakes.stripe import Account, FakeStripe, rows
from tests.fakes.stripe.server import KEY

ROOT = Path(__file__).parents[2]
EXAMPLES = json.loads((Path(__file__).parents[1] / "fixtures" / "stripe" / "examples.json").read_text())
MAY_LACK = ("Optional", "NoneType", "ClassVar")
A_LITERAL = re.compile(r"Literal\[(.*?)\]", re.DOTALL)
# Fields that came after the examples were published, or that only show in some cases.
NEWER = {"payments", "object", "ui_mode", "customer_account"}


@pytest.fixture
def fake():
    account = Account()
    account.add_price("starter_month_eur", 2900)
    account.add_price("growth_month_eur", 9900)
    with FakeStripe(account=account) as running:
        yield running


@pytest.fixture
def client(fake):
    import stripe

    return stripe.StripeClient(KEY, base_addresses={"api": fake.url}, max_network_retries=0)


@pytest.fixture
def life(fake):
    """An account in which everything has happened once."""
    account = fake.account
    prices = list(account.prices.values())
    customer = account.add_customer({"email": "jo@example.com", "name": "Jo"})
    session = account.start_checkout(
        {
            "mode": "subscription",
            "customer": customer["id"],
            "line_items": [{"price": prices[0]["id"]}],
            "success_url": "http://a/",
            "cancel_url": "http://b/",
        }
    )
    account.complete(session["id"])
    account.open_portal({"customer": customer["id"], "return_url": "http://b/"})
    account.cards[customer["id"]] = False
    account.advance(days=31)
    paid = next(iter(account.invoices.values()))
    account.credit({"invoice": paid["id"], "amount": paid["total"], "refund_amount": paid["total"]})
    account.clocks["c"] = rows.test_clock(row_id="clock_1", frozen_time=1, name=None, at=1)
    return account


def objects(account):
    for table, kind in (
        ("customers", "Customer"),
        ("products", "Product"),
        ("prices", "Price"),
        ("sessions", "checkout.Session"),
        ("portals", "billing_portal.Session"),
        ("subscriptions", "Subscription"),
        ("invoices", "Invoice"),
        ("credit_notes", "CreditNote"),
        ("clocks", "test_helpers.TestClock"),
    ):
        for row in account.tables[table].values():
            yield kind, row
    for event in account.events.all:
        yield "Event", event


def described(kind):
    import stripe

    found = stripe
    for step in kind.split("."):
        found = getattr(found, step)
    return found


def problems(row, kind, place):
    """What differs between a dict of the fake's and a class of Stripe's library."""
    told = {name: str(word) for name, word in kind.__annotations__.items()}
    for name in set(row) - set(told):
        yield f"{place}.{name} is not in the library"
    for name, word in told.items():
        is_needed = not name.isupper() and not any(each in word for each in MAY_LACK)
        if is_needed and name not in row:
            yield f"{place}.{name} is missing"
        if name in row:
            yield from _value(row[name], word, kind, f"{place}.{name}")


def _value(value, word, kind, place):
    if value is None and not any(each in word for each in MAY_LACK):
        yield f"{place} is None"
    literal = A_LITERAL.search(word)
    if isinstance(value, str) and literal and "str" not in word.replace(literal[0], ""):
        allowed = re.findall(r"['\"](.+?)['\"]", literal[1])
        if value not in allowed:
            yield f"{place} is {value!r}, not of {allowed}"
    for name in re.findall(r"\w+", word):
        nested = getattr(kind, name, None)
        if isinstance(nested, type) and isinstance(value, dict):
            yield from problems(value, nested, place)


class TestObjects:
    def test_have_the_fields_and_values_of_stripes_library(self, life):
        found = [each for kind, row in objects(life) for each in problems(row, described(kind), kind)]

        assert "\n".join(sorted(set(found))) == ""

    def test_have_no_field_that_stripes_examples_lack(self, life):
        seen = {row["object"]: row for _kind, row in objects(life)}
        assert set(seen) == set(EXAMPLES)

        assert {name: set(row) - set(EXAMPLES[name]) - NEWER for name, row in seen.items()} == {
            name: set() for name in seen
        }

    def test_are_read_by_stripes_library_as_what_they_are(self, life, client):
        subscription = client.v1.subscriptions.list({"status": "all"}).data[0]
        invoice = client.v1.invoices.list().data[0]

        assert type(subscription).__name__ == "Subscription"
        assert subscription["items"].data[0].price.lookup_key == "starter_month_eur"
        assert invoice.parent.subscription_details.subscription == subscription.id


class TestByHand:
    def test_starts_alone_and_sells_our_plans(self):
        command = [sys.executable, "-m", "tests.fakes.stripe", "--port", "0"]
        bare = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO")}
        nobody = subprocess.DEVNULL
        with subprocess.Popen(
            command, cwd=ROOT, env=bare, stdin=nobody, stdout=subprocess.PIPE, text=True
        ) as running:
            try:
                address = running.stdout.readline().strip().partition("STRIPE_API_ADDRESS=")[2]
                asked = urllib.request.Request(
                    f"{address}/v1/prices?limit=100", headers={"Authorization": f"Bearer {KEY}"}
                )
                with urllib.request.urlopen(asked, timeout=5) as answer:
                    sold = {row["lookup_key"]: row["unit_amount"] for row in json.load(answer)["data"]}
            finally:
                running.kill()

        assert sold == {
            plan.lookup_key(currency): int(price * 100)
            for plan in plans.listed()
            for currency, price in plan.month.items()
        }


class TestLife:
    def test_is_paid_each_month_while_the_card_pays(self, life):
        row = next(iter(life.subscriptions.values()))
        assert row["status"] == "past_due"

        life.change_card(row["customer"])
        life.advance(days=60)

        assert row["status"] == "active"
        assert [each["status"] for each in life.invoices.values()] == ["paid"] * 4

    def test_ends_a_subscription_after_the_last_retry(self, life):
        life.advance(days=15)

        row = next(iter(life.subscriptions.values()))
        assert (row["status"], row["cancellation_details"]["reason"]) == ("canceled", "payment_failed")

    def test_starts_paying_when_a_trial_is_over(self, fake, client):
        customer = client.v1.customers.create({"email": "a@example.com"})
        price = next(iter(fake.account.prices))
        made = client.v1.subscriptions.create(
            {"customer": customer.id, "items": [{"price": price}], "trial_period_days": 14}
        )
        clock = client.v1.test_helpers.test_clocks.create({"frozen_time": fake.account.now})

        client.v1.test_helpers.test_clocks.advance(
            clock.id, {"frozen_time": fake.account.now + int(timedelta(days=14).total_seconds())}
        )

        assert made.status == "trialing"
        assert client.v1.subscriptions.retrieve(made.id).status == "active"


class TestIdempotency:
    def test_answers_again_what_was_answered(self, fake, client):
        first, again = (
            client.v1.customers.create({"email": "a@example.com"}, {"idempotency_key": "k"}) for _ in range(2)
        )

        assert first.id == again.id
        assert len(fake.account.customers) == 1

    def test_refuses_a_key_that_was_used_for_something_else(self, client):
        import stripe

        client.v1.customers.create({"email": "a@example.com"}, {"idempotency_key": "k"})

        with pytest.raises(stripe.IdempotencyError):
            client.v1.customers.create({"email": "b@example.com"}, {"idempotency_key": "k"})


class TestLists:
    def test_page_by_the_last_id(self, fake, client):
        for number in range(5):
            client.v1.customers.create({"email": f"{number}@example.com"})

        first = client.v1.customers.list({"limit": 2})

        assert first.has_more
        assert len(list(first.auto_paging_iter())) == 5


class TestEvents:
    @pytest.mark.parametrize("thin", [False, True])
    def test_are_accepted_by_stripes_library(self, life, client, thin):
        taken = []
        life.events.post = lambda _url, headers, body: taken.append((headers, body)) or 200
        life.events.deliver(thin=thin, twice=True, seed=7)

        secret = life.events.thin_secret if thin else life.events.secret
        read = client.parse_event_notification if thin else client.construct_event
        kinds = {read(body, headers["Stripe-Signature"], secret).type for headers, body in taken}

        assert len(taken) == 2 * len(life.events.all)
        assert ("v1." if thin else "") + "invoice.payment_failed" in kinds

    def test_are_dropped_and_held_back_when_asked(self, life):
        life.events.post = lambda *_: 200
        count = len(life.events.pending)

        delivered = life.events.deliver(seed=3, drop=0.5, keep=2)

        assert len(delivered) < count - 2
        assert len(life.events.pending) == 2


class TestCheckout:
    def test_expires_while_it_is_open_only_and_then_takes_no_card(self, life, client):
        import stripe

        paid = next(iter(life.sessions.values()))
        params = {**life.wishes[paid["id"]][1]}
        given, left = life.start_checkout(params), life.start_checkout(params)
        client.v1.checkout.sessions.expire(given["id"])
        life.advance(days=1)
        before = len(life.subscriptions)

        for session in (paid, given, left):
            life.complete(session["id"])
            with pytest.raises(stripe.InvalidRequestError, match="open"):
                client.v1.checkout.sessions.expire(session["id"])

        assert [paid["status"], given["status"], left["status"]] == ["complete", "expired", "expired"]
        assert len(life.subscriptions) == before
        assert [row.id for row in client.v1.checkout.sessions.list({"status": "complete"})] == [paid["id"]]


class TestPages:
    def test_pay_decline_and_go_back(self, fake, client):
        customer = client.v1.customers.create({"email": "a@example.com"})
        session = client.v1.checkout.sessions.create(
            {
                "mode": "subscription", "customer": customer.id, "success_url": f"{fake.url}/x",
                "cancel_url": f"{fake.url}/y",
                "line_items": [{"price": next(iter(fake.account.prices)), "quantity": 1}],
            }
        )  # fmt: skip

        with urllib.request.urlopen(session.url, data=b"do=decline", timeout=5) as answer:
            assert "declined" in answer.read().decode()
        assert fake.account.sessions[session.id]["status"] == "open"
        with pytest.raises(urllib.error.HTTPError, match="404"):  # it leads to the shop's page, which is none
            urllib.request.urlopen(session.url, data=b"do=pay", timeout=5)
        assert fake.account.sessions[session.id]["status"] == "complete"
