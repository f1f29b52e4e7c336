"""What was sold: orders, their lines and refunds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import graphene
from django.db.models import QuerySet

from regulars.crm_core.commerce import canonical, models
from regulars.crm_core.customers import resolving
from regulars.graphql import node_ids, scalars
from regulars.graphql.fields import Many, Node, One, Read, Row
from regulars.graphql.scalars import DateTime, Money
from regulars.graphql.work import Work
from regulars.platform import money
from regulars.platform.pagination import Key

OrderStatus = graphene.Enum("OrderStatus", [(each.name, each.value) for each in canonical.OrderStatus])
OrderKind = graphene.Enum("OrderKind", [(each.name, each.value) for each in canonical.OrderKind])


def node_id(_work: Work, key: UUID) -> str:
    return node_ids.written("Order", key)


def quantity(_work: Work, value: Decimal) -> str:
    return money.digits(value)


def of_order(name: str, **options: Any) -> Read:
    """An amount of a line or a refund, in the order's currency."""
    return Read(Money, name, "order__currency", write=scalars.amount, required=True, **options)


def own(name: str, **options: Any) -> Read:
    return Read(Money, name, "currency", write=scalars.amount, required=True, **options)


class OrderLine(Row):
    """One thing of an order."""

    model = models.OrderLine
    scope = "orders:read"
    order = (Key("position"), Key("external_id"))

    title = Read(graphene.String, "title", required=True)
    sku = Read(graphene.String, "sku", required=True)
    quantity = Read(graphene.String, "quantity", write=quantity, required=True, description="Exact digits")
    unit_price = of_order("unit_price")
    discount = of_order("discount")
    tax = of_order("tax")
    total = of_order("total")
    product = One("Product", by="product_id")


class Refund(Row):
    """Money given back on an order."""

    model = models.Refund
    scope = "orders:read"
    order = (Key("refunded_at"), Key("external_id"))

    amount = of_order("amount")
    tax = of_order("tax")
    reason = Read(graphene.String, "reason", required=True)
    refunded_at = Read(DateTime, "refunded_at", required=True)

    @classmethod
    def listed(cls, work: Work) -> QuerySet[Any]:
        return models.Refund.objects.filter(removed_at=None)


class Order(Row):
    """An order as its shop last told it."""

    class Meta:
        interfaces = (Node,)

    model = models.Order
    scope = "orders:read"
    order = (Key("ordered_at", is_descending=True), Key("id", is_descending=True))

    id = Read(graphene.ID, "pk", write=node_id, required=True)
    number = Read(
        graphene.String,
        "number",
        required=True,
        description="As the shop writes it; two shops may use the same.",
    )
    kind = Read(OrderKind, "kind", write=scalars.upper, required=True)
    status = Read(OrderStatus, "status", write=scalars.upper, required=True)
    shop_status = Read(graphene.String, "shop_status", required=True, description="The shop's own word.")
    is_test = Read(graphene.Boolean, "is_test", required=True)
    email = Read(graphene.String, "email", required=True)
    buyer_name = Read(graphene.String, "buyer_name", required=True)
    total = own("total", description="As sold.")
    refunded = own("refunded", description="What was given back: not taken off total.")
    shipping = own("shipping")
    fees = own("fees")
    discount = own("discount")
    tax = own("tax")
    payment_method = Read(graphene.String, "payment_method", required=True)
    ordered_at = Read(DateTime, "ordered_at", required=True)
    cancelled_at = Read(DateTime, "cancelled_at")
    gone_at = Read(DateTime, "gone_at", description="When the shop said that the order is no more.")
    updated_at = Read(DateTime, "taken_at", required=True)
    customer = One("Customer", by="contact_id", description="Nobody, for an order without an e-mail address.")
    lines = Many(OrderLine, parent="order_id", required=True, description="In the order's own sequence.")
    refunds = Many(Refund, parent="order_id", required=True, description="Oldest first.")

    @classmethod
    def listed(cls, work: Work) -> QuerySet[Any]:
        return models.Order.objects.filter(gone_at=None)


FILTERS = {
    "number": graphene.String(description="The order's number as its shop writes it."),
    "customer": graphene.ID(description="Orders of this customer."),
    "status": OrderStatus(),
    "ordered_after": DateTime(description="Ordered at this time or later."),
    "ordered_before": DateTime(description="Ordered earlier than this."),
}
COLUMNS = {"number": "number", "ordered_after": "ordered_at__gte", "ordered_before": "ordered_at__lt"}


def narrow(_work: Work, rows: QuerySet[Any], given: Any) -> QuerySet[Any]:
    rows = rows.filter(
        **{column: given[name] for name, column in COLUMNS.items() if given.get(name) is not None}
    )
    if given.get("status") is not None:
        rows = rows.filter(status=getattr(given["status"], "value", given["status"]))
    if given.get("customer") is not None:
        _type, key = node_ids.opened(given["customer"], of="Customer")
        rows = rows.filter(contact__in=resolving.survivors({key}))  # a merge points orders to who stays
    return rows
