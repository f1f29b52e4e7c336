"""The fake shop against the recorded one: same shapes, same sums, same bytes where it can be."""

import hashlib
import http.client
import json

import pytest

from tests.fakes.woocommerce import FakeWooCommerce, Shop, rows
from tests.fakes.woocommerce.webhooks import signature
from tests.integrations.shop.connectors import captures

SECRET = "whsec-local-1"


@pytest.fixture
def shop():
    shop = Shop()
    shop.webhooks.post = lambda url, headers, body: 200
    for topic in ("order.created", "order.updated", "order.deleted", "customer.created", "customer.deleted"):
        shop.webhooks.create(topic=topic, delivery_url="http://127.0.0.1:9099/", secret=SECRET)
    shop.webhooks.sent.clear()
    return shop


def sent(shop):
    return [(headers["X-WC-Webhook-Topic"], json.loads(body)) for _, headers, body, _ in shop.webhooks.sent]


def shape(value):
    if isinstance(value, dict):
        return {name: shape(held) for name, held in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "number" if isinstance(value, int | float) else type(value).__name__


class TestRows:
    def test_an_order_comes_to_the_sums_that_were_recorded(self):
        shop, recorded = Shop(), rows.recorded("order.created.2")
        tin = shop.add_product("Tea tin", "12.50", "TEA-1")
        shirt = shop.add_product("T-shirt - S", "19.99", "TS-S")
        order_id = shop.place_order([(tin, 3), (shirt, 1)], shipping="5.00", customer_id=2)
        shop.refund(order_id, "14.88", tax="2.38", reason="one broken")

        made = shop.payload("order", order_id)

        sums = (
            "total",
            "total_tax",
            "cart_tax",
            "shipping_total",
            "shipping_tax",
            "discount_total",
            "currency",
        )
        assert {name: made[name] for name in sums} == {name: recorded[name] for name in sums}
        line_sums = ("quantity", "subtotal", "subtotal_tax", "total", "total_tax", "price")
        assert [[line[name] for name in line_sums] for line in made["line_items"]] == [
            [line[name] for name in line_sums] for line in recorded["line_items"]
        ]
        unlike = {"id"}
        assert [{name: one[name] for name in one.keys() - unlike} for one in made["refunds"]] == [
            {name: one[name] for name in one.keys() - unlike} for one in recorded["refunds"]
        ]
        assert (made["date_created"], made["date_created_gmt"]) == (
            recorded["date_created"],
            recorded["date_created_gmt"],
        )

    @pytest.mark.parametrize("resource", ["order", "customer", "product"])
    def test_have_the_shape_that_was_recorded(self, resource):
        shop = Shop()
        product_id = shop.add_product()
        made = {
            "product": lambda: product_id,
            "customer": lambda: shop.add_customer("ana@example.test"),
            "order": lambda: shop.place_order([(product_id, 1)], shipping="5"),
        }[resource]()
        recorded = rows.recorded(f"{resource}.created.2")

        found = shape(shop.payload(resource, made))

        assert found.keys() == recorded.keys()
        assert {name: held for name, held in found.items() if name not in ("line_items", "refunds")} == {
            name: held for name, held in shape(recorded).items() if name not in ("line_items", "refunds")
        }

    @pytest.mark.parametrize("name", captures.names(signed=True))
    def test_are_written_byte_for_byte_as_php_writes_them(self, name):
        assert rows.php_json(rows.recorded(name)) == captures.recorded(name).raw


class TestWebhooks:
    @pytest.mark.parametrize("name", captures.names(signed=True))
    def test_are_signed_as_recorded(self, name):
        delivery = captures.recorded(name)

        assert signature(delivery.secret, delivery.raw) == delivery.headers["X-WC-Webhook-Signature"]

    def test_have_the_headers_that_were_recorded(self, shop):
        shop.place_order([(shop.add_product(), 1)])
        shop.run_queue()

        _, headers, _, _ = shop.webhooks.sent[-1]
        made_by_the_connection = {"Host", "Content-Length"}
        assert headers.keys() == captures.recorded("order.created.2").headers.keys() - made_by_the_connection

    def test_begin_with_the_ping_that_was_recorded(self, shop):
        shop.webhooks.create(topic="product.deleted", delivery_url="http://127.0.0.1:9099/", secret=SECRET)

        _, headers, body, _ = shop.webhooks.sent[-1]
        ping = captures.recorded("order.created.1")
        assert body == b"webhook_id=6"
        assert headers.keys() == ping.headers.keys() - {"Host", "Content-Length"}

    def test_are_built_when_the_queue_runs_and_once_for_five_changes(self, shop):
        order_id = shop.place_order([(shop.add_product(), 1)])
        shop.run_queue()
        shop.webhooks.sent.clear()

        for status in ("on-hold", "processing", "failed", "pending", "completed"):
            shop.edit_order(order_id, status=status)
        shop.run_queue()

        assert [(topic, body["status"]) for topic, body in sent(shop)] == [("order.updated", "completed")]

    def test_of_one_second_share_their_delivery_id(self, shop):
        tin = shop.add_product()
        for _ in range(3):
            shop.place_order([(tin, 1)])
        shop.run_queue()

        assert len({headers["X-WC-Webhook-Delivery-ID"] for _, headers, _, _ in shop.webhooks.sent}) == 1

    def test_of_an_order_that_was_force_deleted_are_the_recorded_error(self, shop):
        order_id = shop.place_order([(shop.add_product(), 1)])
        shop.force_delete_order(order_id)
        shop.run_queue()

        _, headers, body, _ = shop.webhooks.sent[-1]
        recorded = captures.recorded("special.order.created.resource_gone_404")
        assert (headers["X-WC-Webhook-Topic"], hashlib.sha256(body).digest()) == (
            "order.created",
            hashlib.sha256(recorded.raw).digest(),
        )
        assert len(shop.webhooks.sent) == 1

    def test_say_nothing_of_a_deleted_customers_orders(self, shop):
        ana = shop.add_customer("ana@example.test")
        order_id = shop.place_order([(shop.add_product(), 1)], customer_id=ana)
        shop.run_queue()
        shop.webhooks.sent.clear()
        shop.tick()

        shop.delete_customer(ana)
        shop.run_queue()

        assert sent(shop) == [("customer.deleted", {"id": ana})]
        assert shop.orders[order_id]["customer_id"] == 0
        assert shop.orders[order_id]["date_modified_gmt"] == "2026-11-22T05:18:47"

    def test_say_nothing_of_a_deleted_refund(self, shop):
        order_id = shop.place_order([(shop.add_product(), 1)])
        refund_id = shop.refund(order_id, "5.00")
        shop.run_queue()
        shop.webhooks.sent.clear()

        shop.delete_refund(order_id, refund_id)

        assert shop.run_queue() == []
        assert shop.payload("order", order_id)["refunds"] == []

    def test_are_switched_off_by_the_seventh_failure_and_never_made_up_for(self, shop):
        shop.webhooks.post = lambda url, headers, body: 500
        tin = shop.add_product()
        for _ in range(6):
            shop.place_order([(tin, 1)])
        shop.run_queue()
        assert shop.webhooks.hooks[1]["status"] == "active"

        shop.place_order([(tin, 1)])
        shop.run_queue()
        shop.place_order([(tin, 1)])

        assert shop.webhooks.hooks[1]["status"] == "disabled"
        assert shop.run_queue() == []


class TestServer:
    @pytest.fixture
    def ask(self):
        with FakeWooCommerce() as fake:
            fake.keys.refusal = lambda **_: None
            tin = fake.shop.add_product()
            for _ in range(3):
                fake.shop.tick()
                fake.shop.place_order([(tin, 1)])
            fake.shop.trash_order(13)
            fake.shop.add_customer("ana@example.test")

            def get(path):
                connection = http.client.HTTPConnection("127.0.0.1", fake.port)
                connection.request("GET", f"/wp-json/wc/v3/{path}")
                answer = connection.getresponse()
                body = json.loads(answer.read())
                connection.close()
                return answer, body

            yield get

    def test_leaves_the_trash_out_of_any(self, ask):
        _, orders = ask("orders?status=any&orderby=id&order=asc")
        _, trash = ask("orders?status=trash")

        assert ([one["id"] for one in orders], [one["id"] for one in trash]) == ([11, 12], [13])

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("modified_after=2026-11-22T05:18:47&dates_are_gmt=true", [12]),
            ("modified_after=2026-11-22T05:18:46&dates_are_gmt=true", [11, 12]),
            ("modified_after=2026-11-22T05:18:46Z&dates_are_gmt=true", []),
            ("modified_after=2026-11-22T05:18:48", [11, 12]),
            ("modified_after=2026-11-22T13:18:47", [12]),
        ],
    )
    def test_compares_times_strictly_and_in_site_time_unless_told(self, ask, query, found):
        _, orders = ask(f"orders?orderby=id&order=asc&{query}")

        assert [one["id"] for one in orders] == found

    def test_says_how_many_there_are_and_where_to_go_on(self, ask):
        answer, orders = ask("orders?per_page=1")

        assert (answer.headers["X-WP-Total"], answer.headers["X-WP-TotalPages"], len(orders)) == ("2", "2", 1)
        assert 'rel="next"' in answer.headers["Link"]

    @pytest.mark.parametrize(
        "path", ["orders?per_page=101", "customers?orderby=modified", "orders?orderby=total"]
    )
    def test_refuses_what_woocommerce_refuses(self, ask, path):
        answer, _ = ask(path)

        assert answer.status == 400

    def test_ignores_modified_after_of_customers(self, ask):
        _, customers = ask("customers?modified_after=2099-01-01T00:00:00&dates_are_gmt=true")

        assert [one["email"] for one in customers] == ["ana@example.test"]

    def test_lets_nobody_in_without_keys(self):
        with FakeWooCommerce() as fake:
            connection = http.client.HTTPConnection("127.0.0.1", fake.port)
            connection.request(
                "GET", "/wp-json/wc/v3/orders", headers={"Authorization": "Basic a2V5OnNlY3JldA=="}
            )
            status = connection.getresponse().status
            connection.close()

        assert status == 401
