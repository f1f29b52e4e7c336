"""From WooCommerce's words to ours: money above all."""

import copy
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from regulars.crm_core.commerce.canonical import OrderStatus, TakenCustomer, TakenRefund
from regulars.integrations.shop.connector import Door, Kind, Unreadable
from regulars.integrations.shop.connectors import CONNECTORS
from tests.fakes.woocommerce import Shop, rows

WOO = CONNECTORS["woocommerce"]
DOOR = Door(currency="EUR")
ORDER = rows.recorded("order.created.2")
CUSTOMER = rows.recorded("customer.created.2")
PRODUCT = rows.recorded("product.created.2")


def order(**changes):
    return WOO.normalise(door=DOOR, kind=Kind.ORDER, payload=copy.deepcopy(ORDER) | changes)


def line(**changes):
    return order(line_items=[ORDER["line_items"][0] | {"price": None} | changes]).lines[0]


def parts(taken):
    items = sum((line.total for line in taken.lines), Decimal(0))
    return items + taken.shipping + taken.fees + taken.tax


class TestOrder:
    def test_adds_up_to_the_total_to_the_cent(self):
        taken = order()

        assert (taken.total, parts(taken), taken.tax) == (
            Decimal("74.37"),
            Decimal("74.37"),
            Decimal("11.88"),
        )

    @given(
        prices=some.lists(some.tuples(some.integers(1, 10**7), some.integers(1, 20)), min_size=1, max_size=5),
        shipping=some.integers(0, 10**5),
        fee=some.integers(-500, 10**5),
        off=some.integers(0, 100),
    )
    def test_adds_up_whatever_was_bought(self, prices, shipping, fee, off):
        shop = Shop()
        lines = [(shop.add_product(price=str(Decimal(cents) / 100)), count) for cents, count in prices]
        before = sum(Decimal(cents) / 100 * count for cents, count in prices)
        order_id = shop.place_order(
            lines,
            shipping=str(Decimal(shipping) / 100),
            fee=str(Decimal(fee) / 100),
            discount=rows.cents(before * off / 100),
        )

        taken = WOO.normalise(door=DOOR, kind=Kind.ORDER, payload=shop.payload("order", order_id))

        assert parts(taken) == taken.total
        assert sum(line.discount for line in taken.lines) == taken.discount
        assert all(
            abs(line.unit_price * line.quantity - line.discount - line.total) < 1 for line in taken.lines
        )

    def test_is_not_reduced_by_its_refund(self):
        assert order().total == Decimal("74.37")
        assert order().refunds == (
            TakenRefund(external_id="16", amount=Decimal("14.88"), tax=Decimal("2.38"), reason="one broken"),
        )

    def test_takes_a_refund_of_the_list_of_refunds_for_the_same(self):
        listed = {"id": 16, "amount": "14.88", "total_tax": "2.38", "reason": "one broken"}

        assert order(refunds=[listed]).refunds == order().refunds

    def test_keeps_the_decimals_that_a_shop_writes_for_yen(self):
        taken = order(currency="JPY", total="2500.00")

        assert (taken.currency, taken.total) == ("JPY", Decimal(2500))

    @pytest.mark.parametrize("total", [None, "", "free", "NaN", "Infinity", "1e30", True, {}, "1,50"])
    def test_without_a_total_is_refused(self, total):
        with pytest.raises(Unreadable):
            order(total=total)

    @pytest.mark.parametrize("currency", [None, "", "EURO", "€", 978])
    def test_without_a_currency_is_refused(self, currency):
        with pytest.raises(Unreadable):
            order(currency=currency)

    def test_happened_at_the_gmt_time_that_does_not_say_so(self):
        assert order().ordered_at == datetime(2026, 11, 22, 5, 18, 46, tzinfo=UTC)

    @pytest.mark.parametrize(
        "moment", [None, "", "0000-00-00T00:00:00", "yesterday", 7, "9999-12-31T00:00:00"]
    )
    def test_without_its_time_is_refused(self, moment):
        with pytest.raises(Unreadable):
            order(date_created_gmt=moment)

    @pytest.mark.parametrize(
        ("word", "paid", "status"),
        [
            ("pending", None, OrderStatus.PENDING),
            ("on-hold", None, OrderStatus.ON_HOLD),
            ("processing", "2026-11-22T05:18:46", OrderStatus.PROCESSING),
            ("completed", "2026-11-22T05:18:46", OrderStatus.COMPLETED),
            ("refunded", "2026-11-22T05:18:46", OrderStatus.REFUNDED),
            ("cancelled", None, OrderStatus.CANCELLED),
            ("failed", None, OrderStatus.FAILED),
            ("checkout-draft", None, OrderStatus.DRAFT),
            ("trash", "2026-11-22T05:18:46", OrderStatus.TRASHED),
            ("shipped", "2026-11-22T05:18:46", OrderStatus.PROCESSING),
            ("awaiting-deposit", None, OrderStatus.PENDING),
        ],
    )
    def test_has_a_status_of_ours_beside_the_shops_own(self, word, paid, status):
        taken = order(status=word, date_paid_gmt=paid)

        assert (taken.status, taken.shop_status) == (status, word)

    @pytest.mark.parametrize(
        ("key", "value", "is_test"),
        [
            ("_wcpay_mode", "test", True),
            ("_wcpay_mode", "prod", False),
            ("_ppcp_paypal_payment_mode", "sandbox", True),
            ("_ppcp_paypal_payment_mode", "live", False),
        ],
    )
    def test_is_a_test_where_the_payment_was_one(self, key, value, is_test):
        assert order(meta_data=[{"id": 1, "key": key, "value": value}]).is_test is is_test

    def test_holds_no_text_that_postgresql_cannot_keep(self):
        taken = order(number="7\x00\ud800" + "x" * 500)

        assert taken.number == "7" + "x" * 63


class TestLine:
    def test_tells_its_discount_and_its_price_before_it(self):
        taken = line(subtotal="37.50", total="30.00")

        assert (taken.unit_price, taken.discount, taken.total) == (
            Decimal("12.5"),
            Decimal("7.5"),
            Decimal(30),
        )

    def test_that_was_made_dearer_by_hand_has_no_discount(self):
        taken = line(subtotal="37.50", total="45.00")

        assert (taken.unit_price, taken.discount) == (Decimal(15), Decimal(0))

    @pytest.mark.parametrize(("quantity", "each"), [(0, "37.5"), (3, "12.5"), ("0.5", "75")])
    def test_of_any_quantity_has_a_price(self, quantity, each):
        assert line(quantity=quantity).unit_price == Decimal(each)

    def test_names_its_product_but_no_variant_zero(self):
        first, second = order().lines

        assert (first.product_external_id, first.variant_external_id) == ("10", "")
        assert (second.product_external_id, second.variant_external_id) == ("11", "12")

    def test_has_a_readable_title(self):
        assert line(name="Ship Your Idea &ndash; S &amp; M").title == "Ship Your Idea \u2013 S & M"

    @pytest.mark.parametrize(
        ("notes", "cost"),
        [
            ([], None),
            ([{"key": "_wc_cog_item_cost", "value": "4.20"}], "4.20"),
            ([{"key": "_alg_wc_cog_item_cost", "value": "4.20"}], "4.20"),
            ([{"key": "_wc_cog_item_total_cost", "value": "12.60"}], "4.20"),
            ([{"key": "_cogs_total_value", "value": "12.60"}], "4.20"),
            ([{"key": "_wc_cog_item_cost", "value": ""}], None),
            ([{"key": "_wc_cog_item_cost", "value": {"weird": 1}}], None),
        ],
    )
    def test_knows_its_cost_where_a_plugin_notes_it(self, notes, cost):
        assert line(meta_data=notes).unit_cost == (None if cost is None else Decimal(cost))


class TestBuyer:
    def test_with_an_account_is_known_by_its_id(self):
        assert (order().customer.external_id, order().customer.email) == ("2", "Ana@Example.test")

    def test_as_a_guest_has_no_id(self):
        assert order(customer_id=0).customer.external_id == ""

    def test_that_nobody_named_is_nobody(self):
        assert order(customer_id=0, billing=rows.ADDRESS).customer is None

    def test_that_was_erased_keeps_no_address_that_could_join_two_people(self):
        shop = Shop()
        order_id = shop.place_order([(shop.add_product(), 1)], billing={"email": "ana@example.test"})
        shop.erase_buyer(order_id)

        taken = WOO.normalise(door=DOOR, kind=Kind.ORDER, payload=shop.payload("order", order_id))

        assert taken.customer == TakenCustomer(is_erased=True, changed_at=taken.ordered_at)


class TestCustomer:
    def test_is_read_from_the_account_and_its_address(self):
        assert WOO.normalise(door=DOOR, kind=Kind.CUSTOMER, payload=CUSTOMER) == TakenCustomer(
            external_id="2",
            email="ana@example.test",
            first_name="Anna",
            last_name="Müller",
            city="Köln",
            country_code="DE",
            created_at=datetime(2026, 11, 22, 5, 18, 45, tzinfo=UTC),
            changed_at=datetime(2026, 11, 22, 5, 18, 50, tzinfo=UTC),
        )


class TestProduct:
    def test_has_the_currency_of_the_store_and_no_cost_that_nobody_noted(self):
        taken = WOO.normalise(door=DOOR, kind=Kind.PRODUCT, payload=PRODUCT)

        assert (taken.price, taken.currency, taken.cost) == (Decimal("12.50"), "EUR", None)
        assert taken.is_published

    @pytest.mark.parametrize(
        "noted",
        [
            {"cost_of_goods_sold": {"total_value": Decimal("4.2")}},
            {"meta_data": [{"key": "_wc_cog_cost", "value": "4.20"}]},
            {"meta_data": [{"key": "_alg_wc_cog_cost", "value": "4.20"}]},
        ],
    )
    def test_has_the_cost_that_was_noted(self, noted):
        assert WOO.normalise(door=DOOR, kind=Kind.PRODUCT, payload=PRODUCT | noted).cost == Decimal("4.2")

    def test_without_a_price_or_unpublished_is_taken_all_the_same(self):
        taken = WOO.normalise(
            door=DOOR, kind=Kind.PRODUCT, payload=PRODUCT | {"price": "", "status": "draft"}
        )

        assert (taken.price, taken.is_published) == (None, False)

    def test_is_refused_while_the_currency_of_the_store_is_unknown(self):
        with pytest.raises(Unreadable):
            WOO.normalise(door=Door(), kind=Kind.PRODUCT, payload=PRODUCT)
