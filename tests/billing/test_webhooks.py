"""Stripe's door: what it takes, what it refuses, and what it leaves alone."""

import pytest
from django.test import Client

from regulars.billing import hints
from regulars.platform import inbox, tenancy
from regulars.platform.models import Delivery
from tests.billing import living
from tests.billing.living import DOOR, visited

pytestmark = pytest.mark.django_db


@pytest.fixture
def life(tea_shop, settings, monkeypatch):
    yield from living.running(tea_shop, settings, monkeypatch)


class TestTheDoor:
    @pytest.fixture
    def paid(self, life):
        """A subscriber, and the event that says their card failed, not told yet."""
        life.hear()
        life.sign_in()
        life.pass_days(13)
        visited(life.staff.post("/billing/checkout/", {"plan": "starter"})["Location"], "pay")
        life.hear()
        life.account.cards[next(iter(life.account.customers))] = False
        life.account.advance(days=40)
        life.fake.events.pending.clear()
        return life

    def send(self, life, **how):
        event = [each for each in life.fake.events.all if each["type"] == "invoice.payment_failed"][-1]
        event = {**event, "livemode": how.pop("livemode", False), "type": how.pop("type", event["type"])}
        before = (life.standing, life.ledger)
        statuses = life.fake.events.send([event], **{"at": life.account.now, **how})
        with tenancy.shared():
            count = Delivery.objects.filter(kind="stripe", done_at=None).count()
            inbox.work(tenant=life.schema, at=life.account.moment)
        return statuses[0], count, (life.standing, life.ledger) == before

    def test_refuses_a_forged_event_and_an_old_one_and_one_from_the_future(self, paid):
        assert self.send(paid, secret="whsec_somebody_elses") == (400, 0, True)
        for seconds in (-301, 301):
            assert self.send(paid, at=paid.account.now + seconds) == (400, 0, True)
        assert self.send(paid, at=paid.account.now - 299) == (200, 1, False)

    def test_leaves_alone_events_of_the_other_mode_and_what_it_does_not_listen_to(self, paid, settings):
        assert self.send(paid, livemode=True) == (200, 0, True)
        assert self.send(paid, type="customer.tax_id.created") == (200, 0, True)
        settings.STRIPE_API_KEY = "sk_live_1"
        assert self.send(paid, livemode=False) == (200, 0, True)

    def test_is_not_there_without_a_secret(self, paid, settings):
        settings.STRIPE_WEBHOOK_SECRETS = [""]
        assert self.send(paid, secret="x") == (404, 0, True)

    def test_takes_one_event_once_however_often_it_comes(self, paid):
        event = paid.fake.events.all[-1]
        for _ in range(10):
            paid.fake.events.send([event], at=paid.account.now)

        with tenancy.shared():
            assert Delivery.objects.filter(kind="stripe", done_at=None).count() == 1

    def test_refuses_what_is_no_event(self, paid):
        for body in (b"", b"[]", b"{}", b'{"object": "event"}', b"\xff\xfe", b'{"object": 3}'):
            given = hints.signed(body=body, secret=paid.fake.events.secret, at=paid.account.moment)
            with tenancy.shared():
                answer = Client().post(
                    DOOR, body, content_type="application/json", headers={"stripe-signature": given}
                )

            assert answer.status_code == 400

    def test_leaves_alone_a_customer_nobody_knows(self, paid):
        paid.account.add_customer({"email": "stranger@example.com"})
        row = paid.account.subscribe(
            list(paid.account.customers)[-1], next(iter(paid.account.prices.values()))
        )

        assert set(paid.fake.events.deliver(at=paid.account.now)) == {200}
        assert row["status"] == "active"
        with tenancy.shared():
            assert Delivery.objects.filter(kind="stripe", done_at=None).count() == 0
