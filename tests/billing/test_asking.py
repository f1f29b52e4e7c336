"""While Stripe thinks nothing of ours is held, and an answer that was overtaken changes nothing."""

import itertools
from datetime import timedelta

import pytest
from django.utils import timezone

from regulars.billing import buying, subscriptions, webhooks
from regulars.billing.models import BillingLedger, Payer
from regulars.platform import inbox, tenancy
from regulars.platform.models import Delivery
from tests.fakes.stripe import Account, FakeStripe
from tests.fakes.stripe.server import KEY

starts = itertools.count(1_000, 1_000)  # what is committed here stays: the next Stripe has ids of its own
BACK = "http://fresh.testserver/billing/"
NO_WAITING = "SET LOCAL lock_timeout = '500ms'"


@pytest.fixture
def fake(settings):
    account = Account()
    account.numbers = itertools.count(next(starts))
    account.add_price("starter_month_eur", 2900)
    with FakeStripe(account=account) as running:
        settings.STRIPE_API_KEY, settings.STRIPE_API_ADDRESS = KEY, running.url
        yield running


@pytest.fixture
def subscriber(fake, new_tenant):
    """The schema of a workspace whose subscription is paid, and known to be."""
    now = timezone.now()
    schema = new_tenant().schema_name
    subscriptions.start_trial(tenant=schema, at=now - timedelta(days=20))
    page = buying.checkout(tenant=schema, plan="starter", email="jo@example.com", return_url=BACK, at=now)
    fake.account.complete(page.rpartition("/")[2])
    refresh(schema)
    assert standing(schema) == ("active", "starter")
    return schema


def refresh(schema):
    return subscriptions.refresh(tenant=schema, at=timezone.now(), cause="test")


def standing(schema):
    row = subscriptions.found(tenant=schema, at=timezone.now())
    return row.state, row.plan


def meanwhile(fake, schema, work, *, after=0):
    """Have it done, by another connection that waits for nobody, while an answer is on its way, after so many
    others; a list of what it gave.
    """
    done = []

    def elsewhere():
        with tenancy.apart(schema), tenancy.atomic():
            tenancy.execute(NO_WAITING)
            done.append(work())

    fake.delays = [*[None] * after, elsewhere]
    return done


class TestRefresh:
    def test_holds_neither_the_lock_nor_the_event_while_stripe_is_slow(self, fake, subscriber):
        inbox.store(
            tenant=subscriber, kind=webhooks.KIND, endpoint_id=webhooks.ENDPOINT, connection_id=None,
            topic="invoice.paid", delivery_id="evt_1", headers={}, body=b"{}", at=timezone.now(),
        )  # fmt: skip

        def locked():
            with tenancy.shared():
                mine = Delivery.objects.filter(tenant=subscriber, done_at=None)
                events = len(mine.select_for_update(nowait=True))
            return events, subscriptions.settle(tenant=subscriber, at=timezone.now())

        done = meanwhile(fake, subscriber, locked)

        assert inbox.work(tenant=subscriber, at=timezone.now()) == 1
        assert done == [(1, False)]
        assert inbox.waiting(tenant=subscriber) == {"due": 0, "dead": 0}

    def test_drops_an_answer_that_another_overtook_on_its_way(self, fake, subscriber):
        def fail_and_refresh():
            fake.account.cards[next(iter(fake.account.customers))] = False
            fake.account.advance(days=31)
            return refresh(subscriber)

        done = meanwhile(fake, subscriber, fail_and_refresh)

        assert not refresh(subscriber)  # what it brings is from before the card failed
        assert done == [True]
        assert standing(subscriber) == ("past_due", "starter")

    def test_drops_an_answer_about_one_who_has_come_to_pay_otherwise(self, fake, subscriber):
        def agree():
            at = timezone.now()
            subscriptions.agree(tenant=subscriber, plan="growth", payer=Payer.MANUAL, at=at, cause="test")

        meanwhile(fake, subscriber, agree)

        assert not refresh(subscriber)
        assert standing(subscriber) == ("active", "growth")

    def test_undoes_a_second_subscription_once_when_two_workers_are_at_it(self, fake, subscriber):
        older = next(iter(fake.account.subscriptions.values()))
        price = next(iter(fake.account.prices.values()))
        fake.account.subscribe(older["customer"], price, metadata={"reference": "1"})
        done = meanwhile(fake, subscriber, lambda: refresh(subscriber), after=6)  # when it is being paid back

        assert refresh(subscriber)

        assert done == [True]
        assert [row["amount"] for row in fake.account.credit_notes.values()] == [2900]
        assert [row["status"] for row in fake.account.subscriptions.values()] == ["active", "canceled"]
        with tenancy.shared():
            rows = BillingLedger.objects.filter(tenant=subscriber, what__in=("surplus", "refund"))
            assert rows.count() == 2

    def test_leaves_alone_what_was_made_by_hand(self, fake, subscriber):
        older = next(iter(fake.account.subscriptions.values()))
        fake.account.subscribe(older["customer"], next(iter(fake.account.prices.values())))

        refresh(subscriber)

        assert [row["status"] for row in fake.account.subscriptions.values()] == ["active", "active"]
