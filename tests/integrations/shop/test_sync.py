"""From a shop's change to our rows: a fake WooCommerce on a real socket posts to the real door."""

import base64
import hmac
import json
import threading
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from regulars.crm_core.commerce.models import Order, Product, SaleEntry
from regulars.crm_core.customers.models import Contact
from regulars.crm_core.insight.models import CustomerMetrics
from regulars.integrations.shop import connections
from regulars.integrations.shop.connector import KeysRefused, ShopFailed
from regulars.integrations.shop.models import Connection, Cursor
from regulars.platform import addresses, http, inbox, tenancy
from regulars.platform.facts import facts
from regulars.platform.facts.models import Fact
from regulars.platform.models import Delivery
from regulars.tenants import endpoints
from regulars.tenants.models import Endpoint
from tests.fakes.woocommerce import FakeWooCommerce

pytestmark = pytest.mark.usefixtures("tenant")


@pytest.fixture
def tenant(new_tenant):
    """Committed: the shop calls our door from a thread of its own while it is being connected."""
    with tenancy.opened(new_tenant(currency="EUR").schema_name):
        yield tenancy.current()


@pytest.fixture
def fake(settings, monkeypatch):
    monkeypatch.setattr(http.time, "sleep", lambda seconds: None)
    with FakeWooCommerce() as fake:
        settings.HTTP_ALLOWED_PRIVATE = [f"127.0.0.1:{fake.port}"]
        fake.shop.webhooks.post = post_to_our_door
        yield fake


def post_to_our_door(url, headers, body):
    words = dict(headers)
    content_type = words.pop("Content-Type", "application/json")
    try:
        with tenancy.shared():
            path = urlsplit(url).path
            return Client().post(path, body, content_type=content_type, headers=words).status_code
    finally:
        if threading.current_thread() is not threading.main_thread():
            connection.close()


def connected(fake, **changes):
    words = {"kind": "woocommerce", "url": fake.url, "key": fake.key, "secret": fake.secret}
    return connections.connect(**{**words, **changes}, at=timezone.now())


def settled(tenant):
    """Workers did all there was to do."""
    with tenancy.shared():
        while inbox.work(tenant=tenant, at=timezone.now()):
            continue
    while facts.work(at=timezone.now()):
        continue


def booked():
    return sum(SaleEntry.objects.values_list("base_amount", flat=True), Decimal(0))


class TestConnect:
    def test_asks_the_shop_sets_up_its_webhooks_and_reads_its_history(self, fake, tenant):
        shop = fake.shop
        ana = number(shop.add_customer("ana@example.com"))
        tin = shop.add_product(cost="4.00")
        for _ in range(3):
            shop.place_order([(tin, 1)], customer_id=ana)

        made = connected(fake)
        settled(tenant)

        assert (made.name, made.currency, made.state) == ("Tea & Tins", "EUR", "active")
        assert {hook["topic"] for hook in made.hooks} >= {"order.created", "order.updated", "order.deleted"}
        assert Order.objects.filter(origin="backfill").count() == 3
        assert Product.objects.filter(unit_cost=Decimal(4)).count() == 1
        assert Contact.objects.count() == 1
        assert CustomerMetrics.objects.get().orders_count == 3
        assert not Cursor.objects.filter(finished_at=None).exists()

    def test_keeps_the_keys_sealed(self, fake):
        connected(fake)

        (raw,) = tenancy.rows("SELECT credentials FROM shop_connection")[0]
        assert fake.secret.encode() not in bytes(raw)

    def test_refuses_wrong_keys_and_makes_nothing(self, fake, tenant):
        with pytest.raises(KeysRefused):
            connected(fake, secret="cs_wrong")

        assert not Connection.objects.exists()
        with tenancy.shared():
            assert not Endpoint.objects.filter(tenant__schema_name=tenant).exists()

    def test_refuses_what_is_no_shop(self, fake):
        fake.outage = 404

        with pytest.raises(ShopFailed):
            connected(fake)

        assert not Connection.objects.exists()

    def test_does_not_call_addresses_inside(self, fake, settings):
        settings.HTTP_ALLOWED_PRIVATE = []

        with pytest.raises(addresses.AddressRefused):
            connected(fake)

        assert fake.requests == []

    def test_stands_by_itself_where_the_owner_sets_the_webhooks_up(self, tenant):
        made = connections.connect(
            kind="woocommerce", url="https://shop.example", signing_secret="told", at=timezone.now()
        )

        assert (made.currency, made.door().signing_secrets) == ("EUR", ("told",))
        assert endpoints.url_of(connection_id=made.pk).startswith("http://localhost:8000/hooks/shop/")


class TestApplyDelivery:
    @pytest.fixture
    def shop(self, fake, tenant):
        connected(fake)
        settled(tenant)
        return fake.shop

    def test_takes_a_new_order_and_its_buyer(self, shop, tenant):
        order_id = ordered(shop, "bo@example.com")

        shop.run_queue()
        settled(tenant)

        order = Order.objects.get(external_id=str(order_id))
        assert order.contact.email == "bo@example.com"
        assert booked() == order.total
        assert order.origin in ("webhook", "fetch")

    def test_nets_a_refund_and_a_refund_taken_back(self, shop, tenant):
        order_id = ordered(shop)
        refund_id = number(shop.refund(order_id, "5.00"))
        shop.run_queue()
        settled(tenant)
        total = Order.objects.get().total
        assert booked() == total - 5

        shop.tick()
        shop.delete_refund(order_id, refund_id)
        shop.edit_order(order_id)
        shop.run_queue()
        settled(tenant)

        assert booked() == total

    def test_takes_a_trashed_order_off_and_back(self, shop, tenant):
        order_id = ordered(shop)
        shop.run_queue()
        settled(tenant)
        total = booked()

        shop.tick()
        shop.trash_order(order_id)
        shop.run_queue()
        settled(tenant)
        assert booked() == 0
        shop.tick()
        shop.restore_order(order_id)
        shop.run_queue()
        settled(tenant)

        assert booked() == total > 0
        assert CustomerMetrics.objects.get().orders_count == 1

    def test_finds_an_order_that_was_deleted_for_good(self, shop, tenant):
        order_id = ordered(shop)
        shop.run_queue()
        settled(tenant)

        shop.edit_order(order_id)
        shop.force_delete_order(order_id)
        shop.run_queue()
        settled(tenant)

        assert Order.objects.get().gone_at is not None
        assert booked() == 0

    def test_forgets_a_buyer_whom_the_shop_erased(self, shop, tenant):
        order_id = ordered(shop, "eve@example.com")
        shop.run_queue()
        settled(tenant)

        shop.tick()
        shop.erase_buyer(order_id)
        shop.run_queue()
        settled(tenant)

        assert not Contact.objects.filter(email="eve@example.com").exists()
        assert not Order.objects.filter(email="eve@example.com").exists()

    def test_is_done_once_however_often_it_is_tried(self, shop, tenant):
        ordered(shop)
        shop.run_queue()
        settled(tenant)
        told = Fact.objects.filter(name__startswith="order.")
        before = SaleEntry.objects.count(), told.count()

        with tenancy.shared():
            Delivery.objects.filter(tenant=tenant).update(done_at=None)
        settled(tenant)

        assert (SaleEntry.objects.count(), told.count()) == before

    def test_waits_while_the_shop_is_out_of_order_and_goes_on_after(self, fake, shop, tenant):
        order_id = ordered(shop)
        shop.run_queue()
        settled(tenant)
        shop.trash_order(order_id)  # says only an id: the shop has to be asked
        shop.run_queue()
        fake.outage = 500
        settled(tenant)
        assert inbox.waiting(tenant=tenant)["due"] == 1

        fake.outage = None
        with tenancy.shared():
            Delivery.objects.filter(tenant=tenant, done_at=None).update(due_at=timezone.now())
        settled(tenant)

        assert inbox.waiting(tenant=tenant) == {"due": 0, "dead": 0}
        assert booked() == 0

    def test_believes_a_shop_that_cannot_be_asked_in_the_order_it_speaks(self, tenant):
        made = connections.connect(
            kind="woocommerce", url="https://shop.example", signing_secret="told", at=timezone.now()
        )
        times = dict.fromkeys(("date_created_gmt", "date_modified_gmt"), "2026-05-04T12:00:00")
        told = {"id": 7, "currency": "EUR", "total": "9.00", "line_items": [], "billing": {}, **times}

        for status in ("processing", "completed"):
            deliver(made, json.dumps({**told, "status": status}).encode(), topic="order.updated")
            settled(tenant)

        assert (Order.objects.get().status, booked()) == ("completed", 9)


class TestDisconnect:
    def test_closes_the_door_and_keeps_what_was_told(self, fake, tenant):
        made = connected(fake)
        ordered(fake.shop)
        fake.shop.run_queue()
        settled(tenant)
        url = endpoints.url_of(connection_id=made.pk)

        connections.disconnect(connection_id=made.pk, actor_id=None, at=timezone.now())

        assert post_to_our_door(url, {}, b"{}") == 404
        assert Order.objects.count() == 1
        assert Connection.objects.get().credentials == {}
        assert connections.standing() == []


class TestChangeSigningSecret:
    def test_makes_the_old_word_worthless(self, fake, tenant):
        made = connected(fake)

        word = connections.change_signing_secret(connection_id=made.pk, at=timezone.now())

        assert Connection.objects.get().door().signing_secrets == (word,)
        door = endpoints.door(endpoints.url_of(connection_id=made.pk).rstrip("/").rsplit("/", 1)[1])
        assert door.secrets == (word,)


def deliver(made, body, *, topic):
    signature = base64.b64encode(hmac.digest(b"told", body, "sha256")).decode()
    headers = {"X-WC-Webhook-Signature": signature, "X-WC-Webhook-Topic": topic}
    post_to_our_door(endpoints.url_of(connection_id=made.pk), headers, body)


def ordered(shop, email="ana@example.com"):
    """A guest buys one tin; returns the order's id at the shop."""
    return number(shop.place_order([(shop.add_product(), 1)], billing={"email": email}, shipping="5"))


def number(row):
    """The fake answers with a row or its id."""
    return row["id"] if isinstance(row, dict) else row
