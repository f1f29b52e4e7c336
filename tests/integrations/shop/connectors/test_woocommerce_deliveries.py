"""What WooCommerce's deliveries mean, against recorded ones and the fake shop."""

from datetime import UTC, datetime

import pytest

from regulars.crm_core.commerce.canonical import OrderStatus
from regulars.integrations.shop.connector import Genuine, Kind, NotGenuine, Op, Ping, Unreadable
from regulars.integrations.shop.connectors import CONNECTORS
from regulars.integrations.shop.connectors.woocommerce import deliveries
from tests.fakes.woocommerce import rows
from tests.integrations.shop.connectors import captures

WOO = CONNECTORS["woocommerce"]
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def verify(delivery, **changes):
    told = {"door": delivery.door, "headers": delivery.headers, "raw": delivery.raw, "at": delivery.at}
    return WOO.verify(**told | changes)


def parsed(delivery):
    return WOO.parse(door=delivery.door, headers=delivery.headers, raw=delivery.raw)


def only(delivery):
    (change,) = parsed(delivery)
    return change


class TestVerify:
    @pytest.mark.parametrize("name", captures.names(signed=False))
    def test_takes_an_unsigned_ping_for_a_ping(self, name):
        assert verify(captures.recorded(name)) == Ping()

    @pytest.mark.parametrize("raw", [b"webhook_id=1&id=2", b"webhook_id=", b"id=1", b"webhook_id=x", b"{}"])
    def test_takes_no_other_unsigned_body_for_one(self, raw):
        ping = captures.recorded("special.ping.unsigned")

        with pytest.raises(NotGenuine):
            verify(ping, raw=raw)

    def test_takes_no_ping_with_a_topic(self):
        ping = captures.recorded("special.ping.unsigned")

        with pytest.raises(NotGenuine):
            verify(ping, headers=ping.headers | {"X-WC-Webhook-Topic": "order.created"})

    def test_gives_no_delivery_id_because_three_orders_share_one(self):
        found = [captures.recorded(f"special.same_delivery_id.{place}") for place in range(3)]

        assert len({one.headers["X-WC-Webhook-Delivery-ID"] for one in found}) == 1
        assert {verify(one) for one in found} == {Genuine(topic="order.updated", delivery_id="")}
        assert [only(one).external_id for one in found] == ["93", "94", "95"]

    def test_tells_the_topics_of_one_body_apart(self):
        topics = [verify(captures.recorded(f"order.{event}.2")).topic for event in ("created", "updated")]

        assert topics == ["order.created", "order.updated"]

    def test_refuses_a_body_replayed_under_another_topic_than_its_own_webhook_has(self):
        own = deliveries.topic_secret("whsec-local-1", "order.deleted")
        genuine = captures.woocommerce({"id": 15}, topic="order.deleted", secret=own)
        door = captures.recorded("order.deleted.2").door

        assert verify(genuine, door=door) == Genuine(topic="order.deleted")
        with pytest.raises(NotGenuine):
            verify(genuine, door=door, headers=genuine.headers | {"X-WC-Webhook-Topic": "customer.deleted"})

    @pytest.mark.parametrize("topic", ["", "order", "order.updated; drop", "ORDER.updated\x00", "a" * 5000])
    def test_keeps_no_topic_that_is_none(self, topic):
        delivery = captures.recorded("order.updated.2")

        found = verify(delivery, headers=delivery.headers | {"X-WC-Webhook-Topic": topic})

        assert found == Genuine(topic="")


class TestParse:
    @pytest.mark.parametrize(
        ("name", "kind", "external_id"),
        [
            ("order.created.2", Kind.ORDER, "13"),
            ("order.updated.2", Kind.ORDER, "13"),
            ("customer.created.2", Kind.CUSTOMER, "2"),
            ("customer.updated.2", Kind.CUSTOMER, "2"),
            ("product.created.2", Kind.PRODUCT, "10"),
        ],
    )
    def test_reads_kind_and_id_from_the_body_whatever_the_topic_says(self, name, kind, external_id):
        delivery = captures.recorded(name)
        delivery.headers["X-WC-Webhook-Topic"] = "coupon.deleted"

        change = only(delivery)

        assert (change.kind, change.external_id, change.op) == (kind, external_id, Op.CHANGED)
        assert change.is_certain

    def test_reads_the_naive_gmt_time_and_not_the_local_one(self):
        assert only(captures.recorded("order.created.2")).changed_at == datetime(
            2026, 11, 22, 5, 18, 49, tzinfo=UTC
        )

    def test_takes_a_bare_id_under_deleted_for_a_deletion_to_be_confirmed(self):
        change = only(captures.recorded("order.deleted.2"))

        assert (change.kind, change.external_id, change.op) == (Kind.ORDER, "15", Op.DELETED)
        assert not change.is_certain

    def test_takes_a_bare_id_under_another_topic_for_a_change_to_be_fetched(self):
        change = only(captures.woocommerce({"id": 15}, topic="order.restored"))

        assert (change.op, change.payload, change.is_certain) == (Op.CHANGED, None, False)

    def test_takes_a_signed_404_for_a_loss_somewhere_and_never_for_one_row(self):
        change = only(captures.recorded("special.order.created.resource_gone_404"))

        assert (change.kind, change.external_id, change.op) == (Kind.ORDER, "", Op.GONE_SOMEWHERE)

    @pytest.mark.parametrize(
        ("code", "topic", "kind"),
        [
            ("woocommerce_rest_invalid_id", "customer.updated", Kind.CUSTOMER),
            ("woocommerce_rest_product_invalid_id", "order.updated", Kind.PRODUCT),
            ("woocommerce_rest_shop_order_invalid_id", "customer.updated", Kind.ORDER),
        ],
    )
    def test_reads_the_kind_of_a_loss_from_the_signed_code_first(self, code, topic, kind):
        body = {"code": code, "message": "Invalid ID.", "data": {"status": 404}}

        assert only(captures.woocommerce(body, topic=topic)).kind == kind

    @pytest.mark.parametrize("status", [401, 403, 500, None, "404"])
    def test_takes_no_other_error_for_a_loss(self, status):
        body = {"code": "woocommerce_rest_cannot_view", "message": "Sorry.", "data": {"status": status}}

        with pytest.raises(Unreadable, match="woocommerce_rest_cannot_view"):
            parsed(captures.woocommerce(body))

    @pytest.mark.parametrize("topic", ["coupon.created", "action.woocommerce_add_to_cart"])
    def test_has_nothing_to_say_of_other_topics(self, topic):
        assert parsed(captures.woocommerce({"id": 1, "code": "TEA10"}, topic=topic)) == []

    @pytest.mark.parametrize("row_id", [0, -1, True, "x", None, 1.5, [], 10**30])
    def test_refuses_an_id_that_is_none(self, row_id):
        with pytest.raises(Unreadable):
            parsed(captures.woocommerce({"id": row_id}, topic="order.deleted"))

    def test_refuses_a_bare_id_without_a_topic(self):
        with pytest.raises(Unreadable):
            parsed(captures.woocommerce({"id": 1}, topic=""))

    def test_finds_a_refund_and_the_trash_in_what_was_called_created(self):
        body = rows.recorded("order.created.2")
        refunded, trashed = captures.woocommerce(body), captures.woocommerce(body | {"status": "trash"})

        order, in_trash = (
            WOO.normalise(door=one.door, kind=Kind.ORDER, payload=only(one).payload)
            for one in (refunded, trashed)
        )

        assert [str(refund.amount) for refund in order.refunds] == ["14.88"]
        assert in_trash.status == OrderStatus.TRASHED
