"""From the trial to a paid plan, into debt and out: real gateway, real HTTP, signed events, any order."""

import random

import pytest

from regulars.billing import clock, subscriptions
from regulars.billing.models import OutboxCommand
from regulars.crm_core.commerce.models import Order
from regulars.integrations.shop import connections
from regulars.platform import tenancy
from regulars.platform.models import Delivery
from regulars.tenants import endpoints
from tests.billing import living
from tests.billing.living import SHOP_SECRET, visited

pytestmark = pytest.mark.django_db


@pytest.fixture
def life(tea_shop, settings, monkeypatch):
    yield from living.running(tea_shop, settings, monkeypatch)


@pytest.fixture
def shop_door(life):
    with tenancy.opened(life.schema):
        made = connections.connect(
            kind="woocommerce", url="https://shop.example", signing_secret=SHOP_SECRET, at=life.account.moment
        )
        return endpoints.url_of(connection_id=made.pk).partition("localhost:8000")[2]


def lived(life):
    """Trial, Checkout, paid, card fails, grace, restricted, paid again; what stood at each turn."""
    seen = []
    life.hear()
    life.sign_in()
    seen.append(life.standing)
    life.pass_days(13)
    page = life.staff.post("/billing/checkout/", {"plan": "growth"})["Location"]
    visited(page, "pay")
    life.hear()
    seen.append(life.standing)
    customer = next(iter(life.account.customers))
    life.account.cards[customer] = False
    life.pass_days(31)
    seen.append(life.standing)
    life.pass_days(7)
    life.sign_in()
    seen.append(life.standing)
    visited(life.staff.post("/billing/portal/")["Location"], "new card")
    life.hear()
    seen.append(life.standing)
    return seen


EXPECTED = [
    ("trialing", "trial", "full", True),
    ("active", "growth", "full", True),
    ("past_due", "growth", "full", True),
    ("restricted", "growth", "read_only", False),
    ("active", "growth", "full", True),
]


class TestSubscriber:
    def test_is_read_only_while_a_bill_is_long_unpaid_and_whole_again_when_it_is_paid(self, life, shop_door):
        life.hear()
        life.sign_in()
        life.pass_days(13)
        visited(life.staff.post("/billing/checkout/", {"plan": "growth"})["Location"], "pay")
        life.hear()

        life.account.cards[next(iter(life.account.customers))] = False
        life.pass_days(38)
        life.sign_in()

        assert life.standing == EXPECTED[3]
        refused = life.staff.post("/customers/new/", {"name": "Bo", "email": "bo@example.com"})
        assert refused.status_code == 402
        assert b'href="/billing/"' in refused.content
        assert life.staff.get("/customers/").status_code == 200
        assert b"Read-only" in life.staff.get("/customers/").content
        assert life.order_comes_in(shop_door) == 200
        with tenancy.opened(life.schema):
            assert Order.objects.count() == 1

        visited(life.staff.post("/billing/portal/")["Location"], "new card")
        life.hear()

        assert life.standing == EXPECTED[4]
        assert (
            life.staff.post("/customers/new/", {"name": "Bo", "email": "bo@example.com"}).status_code != 402
        )
        assert {bill.status for bill in subscriptions.bills(tenant=life.schema)} == {"paid"}
        with tenancy.shared():
            assert OutboxCommand.objects.filter(kind="customer").count() == 1

    @pytest.mark.parametrize(
        "how",
        [{}, {"twice": True, "seed": 5}, {"twice": True, "seed": 11, "thin": True}],
        ids=["in order", "twice and shuffled", "thin, twice and shuffled"],
    )
    def test_ends_the_same_however_events_arrive(self, life, how):
        life.how = how

        assert lived(life) == EXPECTED
        ledger = life.ledger

        # And once more everything that ever happened, twice and in any order.
        events = [*life.fake.events.all, *life.fake.events.all]
        random.Random(3).shuffle(events)
        with tenancy.shared():
            Delivery.objects.all().delete()  # as if the inbox had forgotten them
        assert set(life.fake.events.send(events, at=life.account.now)) == {200}
        life.work()

        assert life.standing == EXPECTED[-1]
        assert life.ledger == ledger
        assert [(what, before, after) for _at, what, before, after in ledger] == [
            ("state", "", "trialing"), ("plan", "", "trial"),
            ("state", "trialing", "active"), ("plan", "trial", "growth"),
            ("state", "active", "past_due"), ("state", "past_due", "restricted"),
            ("state", "restricted", "active"),
        ]  # fmt: skip

    def test_is_set_right_by_the_nightly_look_when_every_event_is_lost(self, life):
        life.hear()
        life.sign_in()
        life.pass_days(13)
        visited(life.staff.post("/billing/checkout/", {"plan": "starter"})["Location"], "pay")
        life.how = {"seed": 1, "drop": 1.0}
        life.hear()
        assert life.standing[:2] == ("trialing", "trial")

        with tenancy.shared():
            counts = clock.reconcile(at=life.account.moment)

        assert counts == {"asked": 2, "drifted": 1, "failed": 0}
        assert life.standing[:2] == ("active", "starter")

    def test_sees_the_plan_at_once_on_the_way_back_from_checkout(self, life):
        life.hear()
        life.sign_in()
        life.pass_days(13)
        page = life.staff.post("/billing/checkout/", {"plan": "starter"})["Location"]

        back = visited(page, "pay")
        answer = life.staff.get("/billing/", {"from": "checkout"})

        assert back.endswith("/billing/?from=checkout")
        assert (answer.status_code, answer["Location"]) == (302, "/billing/")
        assert life.standing[:2] == ("active", "starter")
        assert "29" in life.staff.get("/billing/").content.decode()

    def test_buys_nothing_with_a_declined_card_or_on_the_way_back(self, life):
        life.hear()
        life.sign_in()
        life.pass_days(13)
        page = life.staff.post("/billing/checkout/", {"plan": "starter"})["Location"]

        assert visited(page, "decline") is None
        assert visited(page, "back").endswith("/billing/")
        life.hear()

        assert life.standing[:2] == ("trialing", "trial")
