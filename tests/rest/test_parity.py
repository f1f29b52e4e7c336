"""Lists are written straight from columns; the serializers, which describe them, write the same."""

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.crm_core.commerce.models import Order, OrderLine
from regulars.crm_core.customers.models import Contact
from regulars.platform import ids
from regulars.platform.money import DECIMALS
from regulars.rest import shapes
from regulars.rest.serializers import CustomerSerializer, OrderSerializer
from tests.rest.conftest import NOON, make_customer, make_order, make_product


@pytest.fixture(autouse=True)
def _inside(tenant):
    """Rows are made inside the tenant; each request enters and leaves on its own."""


def written(serializer):
    """As REST framework would send it."""
    return msgspec.json.decode(msgspec.json.encode(serializer.data))


class TestCustomers:
    def test_are_the_same_either_way(self, partner):
        figures = {
            "orders_count": 7,
            "total_spent": Decimal("12345.6789"),
            "elsewhere": {"USD": "1.2", "BHD": "0.0001"},
            "first_order_at": NOON,
            "last_order_at": NOON + timedelta(days=3, microseconds=17),
            "stage": "at_risk",
        }
        make_customer("李 雷", email="li@example.com", minutes=2, figures=figures, tags=["a", "b"])
        make_customer("Ada", minutes=1, city="Ely", company="C", phone="+44", region="R", country_code="GB")
        make_customer("", email="", figures={"orders_count": 0})

        sent = partner.json("/api/v1/customers")["results"]

        contacts = Contact.objects.select_related("metrics").order_by("-appeared_at", "-id")
        assert len(sent) == 3
        assert sent == written(CustomerSerializer(contacts, many=True, context={"currency": "EUR"}))


class TestOrders:
    def test_are_the_same_either_way(self, partner):
        contact = make_customer()
        full = make_order(
            "#1",
            contact=contact,
            minutes=2,
            kind="credit",
            status="refunded",
            currency="KWD",
            connection_id=ids.new(),
            is_test=True,
            total=Decimal("-1.2345"),
            refunded=Decimal("1"),
            shipping=Decimal("2"),
            fees=Decimal("3"),
            discount=Decimal("4"),
            tax=Decimal("5"),
            cancelled_at=NOON,
            lines=[("Tea", "1.5"), ("Pot", "2")],
            refunds=[("0.5", None), ("0.5", NOON), ("0.25", None)],
        )
        OrderLine.objects.filter(order=full, title="Pot").update(
            product=make_product("Pot"), sku="P", quantity=Decimal("2.5"), discount=1, tax=Decimal("0.01")
        )
        make_order("#2", contact=contact, minutes=1)
        make_order("#3")

        sent = partner.json("/api/v1/orders")["results"]

        assert len(sent) == 3
        assert sent == written(OrderSerializer(Order.objects.order_by("-ordered_at", "-id"), many=True))


class TestMoney:
    @given(
        amount=st.decimals(min_value=-(10**14), max_value=10**14, places=4),
        currency=st.sampled_from(["EUR", "JPY", "KWD", "XYZ"]),
    )
    def test_loses_no_digit_and_has_the_currencys_decimals(self, amount, currency):
        shown = shapes.money(amount, currency).amount

        decimals = DECIMALS.get(currency, 2)
        found = len(shown.partition(".")[2])
        assert Decimal(shown) == amount
        assert found == decimals or (found > decimals and not shown.endswith("0"))

    @pytest.mark.parametrize(
        ("amount", "currency", "shown"),
        [
            ("59.4900", "EUR", "59.49"),
            ("59.4950", "EUR", "59.495"),
            ("1200.0000", "JPY", "1200"),
            ("1200.5000", "JPY", "1200.5"),
            ("0", "KWD", "0.000"),
            ("1E+3", "EUR", "1000.00"),
            ("1E-4", "EUR", "0.0001"),
        ],
    )
    def test_is_written_plainly(self, amount, currency, shown):
        assert shapes.money(Decimal(amount), currency) == shapes.Money(shown, currency)
