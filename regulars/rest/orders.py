"""``/api/v1/orders``: what was sold, with lines and refunds; three statements whatever the page holds."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request

from regulars.crm_core.commerce.canonical import OrderStatus
from regulars.crm_core.commerce.models import Order, OrderLine, Refund
from regulars.crm_core.customers import resolving
from regulars.platform import pagination
from regulars.platform.pagination import Key
from regulars.rest import parameters, shapes
from regulars.rest.errors import Unknown
from regulars.rest.resource import Answered, Resource, answered, salt
from regulars.rest.serializers import REFUSALS, OrderPageSerializer, OrderSerializer
from regulars.tenants import keys

NEWEST = (Key("ordered_at", is_descending=True), Key("id", is_descending=True))
AMOUNTS = ("total", "refunded", "shipping", "fees", "discount", "tax")
COLUMNS = (
    "id", "number", "kind", "status", "shop_status", "is_test", "connection_id", "contact_id", "email",
    "buyer_name", *AMOUNTS, "payment_method", "ordered_at", "cancelled_at", "gone_at", "taken_at", "currency",
)  # fmt: skip
LINE_COLUMNS = (
    "order_id", "product_id", "title", "sku", "quantity", "unit_price", "discount", "tax", "total",
)  # fmt: skip
ORDERED_AT = COLUMNS.index("ordered_at")


class OrderParameters(parameters.PageParameters):
    number = serializers.CharField(
        required=False, max_length=64, help_text="The order's number as its shop writes it."
    )
    customer = serializers.UUIDField(required=False, help_text="Orders of this customer.")
    status = serializers.ChoiceField(
        required=False, choices=[status.value for status in OrderStatus], help_text="Where the order stands."
    )
    connection = serializers.UUIDField(required=False, help_text="Orders of this shop connection.")
    ordered_after = parameters.TimeField(
        required=False, help_text="Ordered at this time or later (RFC 3339)."
    )
    ordered_before = parameters.TimeField(required=False, help_text="Ordered earlier than this (RFC 3339).")


@extend_schema_view(
    get=extend_schema(
        operation_id="list_orders",
        summary="Orders, newest first",
        description="Of any kind and status, with lines and refunds, unless their shop deleted them.",
        parameters=[OrderParameters],
        responses={200: OrderPageSerializer, **REFUSALS},
        tags=["orders"],
    )
)
class OrderList(Resource):
    scope = "orders:read"

    def read(self, request: Request, holder: keys.Holder, **path: Any) -> Answered:
        given = parameters.read(OrderParameters, request.query_params)
        page = pagination.page(
            filtered(given).values_list(*COLUMNS),
            order=NEWEST,
            cursor=given.get("cursor"),
            size=given["limit"],
            salt=salt("orders", holder, given),
            position=lambda row: (row[ORDERED_AT], row[0]),
        )
        return answered(request, page, shaped(page.rows))


@extend_schema_view(
    get=extend_schema(
        operation_id="read_order",
        summary="One order",
        description="With lines and refunds; also one that its shop deleted: see `gone_at`.",
        responses={200: OrderSerializer, **REFUSALS},
        tags=["orders"],
    )
)
class OrderDetail(Resource):
    scope = "orders:read"

    def read(self, request: Request, holder: keys.Holder, **path: Any) -> shapes.Order:
        parameters.read(parameters.Parameters, request.query_params)
        rows = Order.objects.filter(pk=path["order_id"]).values_list(*COLUMNS)
        for order in shaped(list(rows)):
            return order
        raise Unknown("There is no such order.")


def filtered(given: dict[str, Any]) -> QuerySet[Order]:
    """Orders that match and still are; the parameters are those of OrderParameters."""
    found = Order.objects.filter(gone_at=None)
    plain = {"number": "number", "status": "status", "connection": "connection_id"}
    plain |= {"ordered_after": "ordered_at__gte", "ordered_before": "ordered_at__lt"}
    found = found.filter(**{field: given[name] for name, field in plain.items() if name in given})
    if "customer" in given:
        owners = resolving.survivors({given["customer"]})
        found = found.filter(contact__in=owners)  # a merge points orders to the one that stays
    return found


def shaped(rows: list[tuple[Any, ...]]) -> list[shapes.Order]:
    """Rows of COLUMNS as they are sent, with their lines and refunds."""
    currencies = {row[0]: row[-1] for row in rows}
    lines, refunds = lines_of(currencies), refunds_of(currencies)
    return [_order(row, lines[row[0]], refunds[row[0]]) for row in rows]


def lines_of(currencies: dict[UUID, str]) -> dict[UUID, list[shapes.Line]]:
    """Lines by order, in the order's own sequence. ``currencies``: order id -> currency."""
    found: dict[UUID, list[shapes.Line]] = defaultdict(list)
    rows = OrderLine.objects.filter(order_id__in=currencies).order_by("order_id", "position", "pk")
    for order_id, product_id, title, sku, quantity, *amounts in rows.values_list(*LINE_COLUMNS):
        money = _money(amounts, currencies[order_id])
        found[order_id].append(shapes.Line(product_id, title, sku, shapes.quantity(quantity), *money))
    return found


def refunds_of(currencies: dict[UUID, str]) -> dict[UUID, list[shapes.Refund]]:
    """Refunds by order that the shop has not taken back, oldest first."""
    found: dict[UUID, list[shapes.Refund]] = defaultdict(list)
    rows = Refund.objects.filter(order_id__in=currencies, removed_at=None)
    rows = rows.order_by("order_id", "refunded_at", "pk")
    for order_id, amount, reason, refunded_at in rows.values_list(
        "order_id", "amount", "reason", "refunded_at"
    ):
        money = shapes.money(amount, currencies[order_id])
        found[order_id].append(shapes.Refund(money, reason, refunded_at))
    return found


def _order(row: tuple[Any, ...], lines: list[shapes.Line], refunds: list[shapes.Refund]) -> shapes.Order:
    described, rest = row[: COLUMNS.index("total")], row[COLUMNS.index("payment_method") : -1]
    amounts = _money(row[len(described) : len(described) + len(AMOUNTS)], row[-1])
    return shapes.Order(*[*described, *amounts, *rest, lines, refunds])


def _money(amounts: Iterable[Any], currency: str) -> list[shapes.Money]:
    return [shapes.money(amount, currency) for amount in amounts]
