"""Asking a WooCommerce shop, over real sockets: keys, pages, changes, webhooks, and what goes wrong."""

import json
from datetime import timedelta

import pytest

from regulars.crm_core.commerce.canonical import Gone
from regulars.integrations.shop.connector import (
    CannotAsk,
    Door,
    KeysRefused,
    Kind,
    ShopFailed,
    Store,
)
from regulars.integrations.shop.connectors import CONNECTORS
from regulars.platform import http
from tests.fakes import certificates
from tests.fakes.sockets import Speaker, saying
from tests.fakes.woocommerce import FakeWooCommerce

WOO = CONNECTORS["woocommerce"]
HOOK = "https://teashop.regulars.example/hooks/shop/k3y/"


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(http.time, "sleep", lambda seconds: None)


def everything(door, kind, *, changed_after=None, meanwhile=lambda: None):
    """All rows, page by page; positions go through JSON, as they do in the database."""
    rows, position, pages = [], None, 0
    while True:
        page = WOO.backfill(door=door, kind=kind, position=position, changed_after=changed_after)
        rows += page.rows
        pages += 1
        assert pages < 50
        if page.position is None:
            return rows
        position = json.loads(json.dumps(page.position))
        meanwhile()


def ids(rows):
    return sorted({row["id"] for row in rows})


class TestCheck:
    def test_learns_what_the_store_is(self, door):
        assert WOO.check(door=door) == Store(name="Tea & Tins", currency="EUR", time_zone="Asia/Shanghai")

    @pytest.mark.parametrize("wrong", [{"key": "ck_other"}, {"secret": "cs_other"}])
    def test_refuses_wrong_keys(self, door, wrong):
        with pytest.raises(KeysRefused):
            WOO.check(door=Door(url=door.url, **({"key": door.key, "secret": door.secret} | wrong)))

    def test_asks_nothing_without_keys(self, fake):
        assert not WOO.can_ask(door=Door(url=fake.url))
        with pytest.raises(CannotAsk):
            WOO.check(door=Door(url=fake.url))
        assert fake.requests == []

    def test_sends_the_keys_as_basic_over_tls(self, tmp_path, settings, monkeypatch):
        tls, trust = certificates.server_and_client(tmp_path, name="localhost")
        monkeypatch.setattr(http, "_trusted", lambda: trust)
        with FakeWooCommerce(tls=tls, host="localhost") as fake:
            settings.HTTP_ALLOWED_PRIVATE = [f"localhost:{fake.port}"]

            store = WOO.check(door=Door(url=fake.url, key=fake.key, secret=fake.secret))

        assert store.currency == "EUR"
        assert "oauth" not in str(fake.requests)

    def test_never_sends_the_secret_over_plain_http(self, door, fake, monkeypatch):
        sent = []
        real = http.request
        monkeypatch.setattr(http, "request", lambda **told: sent.append(told) or real(**told))

        WOO.check(door=door)

        assert len(sent) == 3
        assert door.secret not in str(sent)

    @pytest.mark.parametrize(
        "answer", [saying(200, b"<html>A site</html>"), saying(404, b"<html>"), saying(500)]
    )
    def test_says_when_this_is_no_shop(self, answer, settings):
        with Speaker(answer) as server:
            settings.HTTP_ALLOWED_PRIVATE = [server.address]

            with pytest.raises(ShopFailed):
                WOO.check(door=Door(url=f"http://{server.address}", key="ck", secret="cs"))

    def test_says_where_the_shop_sends_us_instead_of_going_there(self, settings):
        with Speaker(saying(301, Location="https://www.shop.example/wp-json/")) as server:
            settings.HTTP_ALLOWED_PRIVATE = [server.address]

            with pytest.raises(ShopFailed, match=r"www\.shop\.example"):
                WOO.check(door=Door(url=f"http://{server.address}", key="ck", secret="cs"))

    def test_calls_no_private_address(self):
        with pytest.raises(http.AddressRefused):
            WOO.check(door=Door(url="https://169.254.169.254", key="ck", secret="cs"))


class TestFetch:
    def test_gives_the_row_as_it_stands_with_the_times_of_its_refunds(self, door, shop):
        order_id = shop.place_order([(shop.add_product(), 3)])
        shop.tick(3600)
        shop.refund(order_id, "14.88", tax="2.38")
        refunded_at = shop.now
        shop.tick(3600)
        shop.edit_order(order_id, status="completed")

        row = WOO.fetch(door=door, kind=Kind.ORDER, external_id=str(order_id))

        order = WOO.normalise(door=door, kind=Kind.ORDER, payload=row)
        assert (order.shop_status, order.changed_at) == ("completed", shop.now)
        assert [refund.refunded_at for refund in order.refunds] == [refunded_at]

    @pytest.mark.parametrize("kind", list(Kind))
    def test_tells_that_a_row_is_gone(self, kind, door):
        assert WOO.fetch(door=door, kind=kind, external_id="999") == Gone(kind=kind, external_id="999")

    def test_finds_what_is_in_the_trash(self, door, shop):
        order_id = shop.place_order([(shop.add_product(), 1)])
        shop.trash_order(order_id)

        assert WOO.fetch(door=door, kind=Kind.ORDER, external_id=str(order_id))["status"] == "trash"

    @pytest.mark.parametrize("status", [404, 500, 503])
    def test_takes_no_page_of_an_outage_for_a_deletion(self, status, door, fake):
        fake.outage = status

        with pytest.raises(ShopFailed):
            WOO.fetch(door=door, kind=Kind.ORDER, external_id="10")

    def test_takes_a_switched_off_plugin_for_no_deletion(self, settings):
        body = b'{"code":"rest_no_route","message":"No route","data":{"status":404}}'
        with Speaker(saying(404, body)) as server:
            settings.HTTP_ALLOWED_PRIVATE = [server.address]

            with pytest.raises(ShopFailed):
                WOO.fetch(
                    door=Door(url=f"http://{server.address}", key="ck", secret="cs"),
                    kind=Kind.ORDER,
                    external_id="10",
                )


class TestBackfill:
    def test_reads_every_order_of_many_pages_once_it_is_told_apart(self, door, shop):
        tin = shop.add_product()
        made = [(shop.tick(7), shop.place_order([(tin, 1)]))[1] for _ in range(250)]

        assert ids(everything(door, Kind.ORDER)) == made

    def test_gets_past_hundreds_of_orders_of_one_second(self, door, shop):
        tin = shop.add_product()
        made = [shop.place_order([(tin, 1)]) for _ in range(230)]
        shop.tick()
        made += [shop.place_order([(tin, 1)]) for _ in range(130)]

        assert ids(everything(door, Kind.ORDER)) == made

    def test_misses_no_order_when_others_are_deleted_meanwhile(self, door, shop):
        tin = shop.add_product()
        made = [(shop.tick(7), shop.place_order([(tin, 1)]))[1] for _ in range(250)]
        doomed = iter([made[:40], made[40:60], [], []])

        def delete_some():
            for order_id in next(doomed):
                shop.force_delete_order(order_id)

        assert ids(everything(door, Kind.ORDER, meanwhile=delete_some)) == made

    def test_misses_no_customer_when_others_are_deleted_meanwhile(self, door, shop):
        made = [shop.add_customer(f"buyer-{place}@example.test") for place in range(250)]
        doomed = iter([made[:40], made[95:105], [], [], [], []])

        def delete_some():
            for customer_id in next(doomed):
                shop.delete_customer(customer_id)

        found = ids(everything(door, Kind.CUSTOMER, meanwhile=delete_some))

        assert set(made[105:]) <= set(found)
        assert set(made[:100]) <= set(found)

    @pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 199, 200, 201])
    def test_reads_every_customer_at_the_edge_of_a_page(self, count, door, shop):
        made = [shop.add_customer(f"buyer-{place}@example.test") for place in range(count)]

        assert ids(everything(door, Kind.CUSTOMER)) == made

    def test_reads_customers_of_every_role_but_the_shops_own_people(self, door, shop):
        buyer = shop.add_customer("ana@example.test")
        wholesaler = shop.add_customer("bo@example.test", role="wholesale_customer")
        shop.add_customer("boss@example.test", role="shop_manager")
        both = shop.add_customer("cy@example.test", role="editor")
        shop.edit_customer(both, is_paying_customer=True)

        assert ids(everything(door, Kind.CUSTOMER)) == [buyer, wholesaler, both]

    def test_reads_the_times_of_refunds_and_asks_for_none_where_none_was_given(self, door, shop, fake):
        tin = shop.add_product()
        refunded, kept = shop.place_order([(tin, 1)]), shop.place_order([(tin, 1)])
        shop.tick(86_400)
        shop.refund(refunded, "5.00")
        refunded_at = shop.now

        by_id = {row["id"]: row for row in everything(door, Kind.ORDER)}

        order = WOO.normalise(door=door, kind=Kind.ORDER, payload=by_id[refunded])
        assert [refund.refunded_at for refund in order.refunds] == [refunded_at]
        paths = [path.rpartition("v3/")[2] for _, path, _ in fake.requests]
        assert paths == ["orders", f"orders/{refunded}/refunds"]
        assert by_id[kept]["refunds"] == []

    def test_says_how_many_to_expect(self, door, shop):
        tin = shop.add_product()
        for _ in range(3):
            shop.place_order([(tin, 1)])

        assert WOO.backfill(door=door, kind=Kind.ORDER, position=None).expected_count == 3

    @pytest.mark.parametrize("kind", [Kind.ORDER, Kind.CUSTOMER])
    def test_reads_what_changed_later_and_a_little_before(self, kind, door, shop):
        tin = shop.add_product()
        start = shop.now
        rows = []
        for minutes in (0, 49, 51, 59, 61):
            shop.now = start + timedelta(minutes=minutes)
            rows.append(
                shop.place_order([(tin, 1)])
                if kind is Kind.ORDER
                else shop.add_customer(f"{minutes}@example.test")
            )

        found = everything(door, kind, changed_after=start + timedelta(minutes=60))

        assert ids(found) == rows[2:]

    def test_sends_naive_gmt_because_the_site_is_eight_hours_ahead(self, door, fake, shop):
        shop.place_order([(shop.add_product(), 1)])

        everything(door, Kind.ORDER, changed_after=shop.now)

        _, _, params = fake.requests[-1]
        assert params["modified_after"] == "2026-11-22T05:08:46"
        assert params["dates_are_gmt"] == "true"

    def test_reads_an_order_changed_in_the_very_second_of_the_last_page(self, door, shop):
        tin = shop.add_product()
        for _ in range(99):
            shop.tick()
            shop.place_order([(tin, 1)])
        shop.tick()
        same_second = [shop.place_order([(tin, 1)]) for _ in range(3)]

        assert set(same_second) <= set(ids(everything(door, Kind.ORDER)))
