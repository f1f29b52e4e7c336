"""Orders as partners read them."""

from datetime import timedelta
from decimal import Decimal

import pytest

from regulars.crm_core.commerce.models import OrderLine
from regulars.crm_core.customers import merging
from regulars.platform import ids, tenancy
from tests.rest.conftest import NOON, make_customer, make_order, make_product

PATH = "/api/v1/orders"


@pytest.fixture(autouse=True)
def _inside(tenant):
    """Rows are made inside the tenant; each request enters and leaves on its own."""


def numbers(answer):
    return [order["number"] for order in answer["results"]]


class TestList:
    def test_shows_an_order_with_lines_and_standing_refunds(self, partner):
        contact = make_customer()
        connection, product = ids.new(), make_product("Assam")
        order = make_order(
            "#1001",
            contact=contact,
            connection_id=connection,
            email="ada@example.com",
            buyer_name="Ada Byron",
            total=Decimal("59.4900"),
            refunded=Decimal("10"),
            shipping=Decimal("4.9"),
            payment_method="card",
            refunds=[("10", None), ("3", NOON)],
        )
        OrderLine.objects.create(
            order=order, product=product, position=1, external_id="b", title="Second",
            quantity=Decimal("0.5"), unit_price=Decimal("9.9995"), discount=Decimal("1"), tax=Decimal("0.7"),
            total=Decimal("4"),
        )  # fmt: skip
        OrderLine.objects.create(
            order=order, position=0, external_id="a", title="First", sku="F-1", quantity=2
        )

        (shown,) = partner.json(PATH, number="#1001")["results"]

        assert shown == {
            "id": str(order.pk),
            "number": "#1001",
            "kind": "sale",
            "status": "completed",
            "shop_status": "completed",
            "is_test": False,
            "connection": str(connection),
            "customer": str(contact.pk),
            "email": "ada@example.com",
            "buyer_name": "Ada Byron",
            "total": euros("59.49"),
            "refunded": euros("10.00"),
            "shipping": euros("4.90"),
            "fees": euros("0.00"),
            "discount": euros("0.00"),
            "tax": euros("0.00"),
            "payment_method": "card",
            "ordered_at": "2026-03-01T12:00:00Z",
            "cancelled_at": None,
            "gone_at": None,
            "updated_at": "2026-03-01T12:00:00Z",
            "lines": [
                {
                    "product": None,
                    "title": "First",
                    "sku": "F-1",
                    "quantity": "2",
                    "unit_price": euros("0.00"),
                    "discount": euros("0.00"),
                    "tax": euros("0.00"),
                    "total": euros("0.00"),
                },
                {
                    "product": str(product.pk),
                    "title": "Second",
                    "sku": "",
                    "quantity": "0.5",
                    "unit_price": euros("9.9995"),
                    "discount": euros("1.00"),
                    "tax": euros("0.70"),
                    "total": euros("4.00"),
                },
            ],
            "refunds": [
                {"amount": euros("10.00"), "reason": "Broken", "refunded_at": "2026-03-01T12:00:00Z"}
            ],
        }

    def test_shows_an_order_without_a_customer(self, partner):
        make_order("POS-1", currency="JPY", total=Decimal("1200"))

        (shown,) = partner.json(PATH)["results"]

        assert shown["customer"] is None
        assert shown["total"] == {"amount": "1200", "currency": "JPY"}

    def test_keeps_each_orders_lines_to_itself(self, partner):
        make_order("1", minutes=1, lines=[("Tea", "1"), ("Pot", "2")])
        make_order("2", minutes=2, refunds=[("1", None)])
        make_order("3", minutes=3, lines=[("Cup", "3")])

        shown = partner.json(PATH)["results"]

        titles = [(order["number"], [line["title"] for line in order["lines"]]) for order in shown]
        assert titles == [("3", ["Cup"]), ("2", []), ("1", ["Tea", "Pot"])]
        assert [len(order["refunds"]) for order in shown] == [0, 1, 0]

    def test_walks_through_orders_of_one_second_without_losing_any(self, partner):
        for number in range(7):
            make_order(str(number))

        found, address = [], f"{PATH}?limit=3"
        while address:
            page = partner.get(address).json()
            found += numbers(page)
            address = page["next"]

        assert sorted(found) == [str(number) for number in range(7)]


class TestFilters:
    def test_leaves_out_what_the_shop_deleted_which_still_answers_by_its_id(self, partner):
        gone = make_order("gone", gone_at=NOON)
        make_order("here")

        assert numbers(partner.json(PATH)) == ["here"]
        assert numbers(partner.json(PATH, number="gone")) == []
        assert partner.json(f"{PATH}/{gone.pk}")["gone_at"] == "2026-03-01T12:00:00Z"

    def test_finds_a_number_exactly(self, partner):
        make_order("100")
        make_order("1001")

        assert numbers(partner.json(PATH, number="100")) == ["100"]

    def test_finds_a_customers_orders_by_either_id_after_a_merge(self, partner):
        survivor = make_customer("Survivor", email="s@example.com")
        absorbed = make_customer("Absorbed", email="a@example.com")
        make_order("own", contact=survivor, minutes=1)
        make_order("brought", contact=absorbed)
        make_order("other", contact=make_customer("Other", email="o@example.com"))

        merging.merge(keep=survivor.pk, absorb=absorbed.pk, at=NOON)

        for contact in (survivor, absorbed):
            answer = partner.json(PATH, customer=contact.pk)
            assert numbers(answer) == ["own", "brought"]
            assert {order["customer"] for order in answer["results"]} == {str(survivor.pk)}

    def test_finds_a_status_a_connection_and_nothing_for_nobody(self, partner):
        connection = ids.new()
        make_order("1", status="processing", connection_id=connection)
        make_order("2")

        assert numbers(partner.json(PATH, status="processing")) == ["1"]
        assert numbers(partner.json(PATH, connection=connection)) == ["1"]
        assert numbers(partner.json(PATH, customer=ids.new())) == []

    def test_cuts_time_so_that_windows_meet_without_a_gap(self, partner):
        for minute in range(4):
            make_order(str(minute), minutes=minute)
        cut = (NOON + timedelta(minutes=2)).isoformat()

        assert numbers(partner.json(PATH, ordered_before=cut)) == ["1", "0"]
        assert numbers(partner.json(PATH, ordered_after=cut)) == ["3", "2"]


class TestDetail:
    def test_shows_the_same_as_the_list(self, partner):
        order = make_order(lines=[("Tea", "9")], refunds=[("1", None)])

        assert partner.json(f"{PATH}/{order.pk}") == partner.json(PATH)["results"][0]

    def test_answers_404_for_an_unknown_id(self, partner):
        answer = partner.get(f"{PATH}/{ids.new()}")

        assert (answer.status_code, answer.json()["detail"]) == (404, "There is no such order.")


class TestStatements:
    @pytest.mark.parametrize("size", [1, 30])
    def test_are_three_whatever_the_page_holds(self, partner, django_assert_num_queries, size):
        contact = make_customer()
        for number in range(size):
            make_order(str(number), contact=contact, lines=[("Tea", "1")] * 3, refunds=[("1", None)])

        with tenancy.shared():
            partner.json(PATH)  # the key is known from now on
            with django_assert_num_queries(3):  # orders, lines, refunds
                partner.json(PATH, limit=100)


def euros(amount):
    return {"amount": amount, "currency": "EUR"}
