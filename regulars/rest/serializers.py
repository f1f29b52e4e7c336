"""The answers described field by field for the API's readers (OpenAPI), and written from models.

Lists are not written by these, which would cost three times the work; a test proves that both write the same.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from regulars.crm_core.commerce.canonical import OrderKind, OrderStatus
from regulars.crm_core.commerce.models import Order, OrderLine
from regulars.crm_core.customers.models import Contact
from regulars.crm_core.insight.models import CustomerMetrics, Stage
from regulars.rest import shapes

PROBLEM = "application/problem+json"


class MoneySerializer(serializers.Serializer[Any]):
    amount = serializers.CharField(
        help_text="Exact decimal digits: the currency's own decimals, more where more were stored."
    )
    currency = serializers.CharField(help_text="ISO 4217")


@extend_schema_field(MoneySerializer)
class MoneyField(serializers.Field[Any, Any, Any, Any]):
    """An amount of an order, line or refund, in the order's currency."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, **options)

    def get_attribute(self, instance: Any) -> tuple[Decimal, str]:
        order = instance if isinstance(instance, Order) else instance.order
        return getattr(instance, str(self.field_name)), order.currency

    def to_representation(self, value: tuple[Decimal, str]) -> dict[str, str]:
        return _money(*value)


class CustomerSerializer(serializers.Serializer[Contact]):
    """A person who bought, or may buy, from the workspace's shops."""

    # Figures are in the tenant's currency, which is ``currency`` in the context.

    id = serializers.UUIDField(help_text="Stays, and keeps answering after a merge.")
    email = serializers.CharField()
    name = serializers.CharField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    phone = serializers.CharField()
    company = serializers.CharField()
    city = serializers.CharField()
    region = serializers.CharField()
    country_code = serializers.CharField(help_text="ISO 3166-1 alpha-2")
    tags = serializers.ListField(child=serializers.CharField())
    stage = serializers.SerializerMethodField()
    orders_count = serializers.SerializerMethodField(help_text="Orders that count as sales.")
    total_spent = serializers.SerializerMethodField(
        help_text="What the customer's orders came to, refunds taken off, in the workspace's currency."
    )
    spent_elsewhere = serializers.SerializerMethodField(
        help_text="Amounts in currencies without an exchange rate: not part of total_spent."
    )
    first_order_at = serializers.SerializerMethodField()
    last_order_at = serializers.SerializerMethodField()
    appeared_at = serializers.DateTimeField()
    updated_at = serializers.SerializerMethodField()
    merged_into = serializers.SerializerMethodField(
        help_text="The id that answers now, when the id asked for was merged into it."
    )

    @extend_schema_field(serializers.ChoiceField(choices=[stage.value for stage in Stage]))
    def get_stage(self, contact: Contact) -> str:
        metrics = _metrics(contact)
        return metrics.stage if metrics else "lead"

    def get_orders_count(self, contact: Contact) -> int:
        metrics = _metrics(contact)
        return metrics.orders_count if metrics else 0

    @extend_schema_field(MoneySerializer)
    def get_total_spent(self, contact: Contact) -> dict[str, str]:
        metrics = _metrics(contact)
        return _money(metrics.total_spent if metrics else Decimal(0), self.context["currency"])

    @extend_schema_field(MoneySerializer(many=True))
    def get_spent_elsewhere(self, contact: Contact) -> list[dict[str, str]]:
        metrics = _metrics(contact)
        amounts = metrics.elsewhere if metrics else {}
        return [_money(Decimal(amounts[currency]), currency) for currency in sorted(amounts)]

    def get_first_order_at(self, contact: Contact) -> datetime | None:
        metrics = _metrics(contact)
        return metrics.first_order_at if metrics else None

    def get_last_order_at(self, contact: Contact) -> datetime | None:
        metrics = _metrics(contact)
        return metrics.last_order_at if metrics else None

    def get_updated_at(self, contact: Contact) -> datetime:
        metrics = _metrics(contact)
        return max([contact.changed_at, *([metrics.computed_at] if metrics else [])])

    def get_merged_into(self, contact: Contact) -> UUID | None:
        return None  # only the answer to an absorbed id carries one, and the survivor's row does not say


class LineSerializer(serializers.Serializer[OrderLine]):
    product = serializers.UUIDField(source="product_id", allow_null=True)
    title = serializers.CharField()
    sku = serializers.CharField()
    quantity = serializers.SerializerMethodField(help_text="Exact decimal digits")
    unit_price = MoneyField()
    discount = MoneyField()
    tax = MoneyField()
    total = MoneyField()

    def get_quantity(self, line: OrderLine) -> str:
        return shapes.quantity(line.quantity)


class RefundSerializer(serializers.Serializer[Any]):
    amount = MoneyField()
    reason = serializers.CharField()
    refunded_at = serializers.DateTimeField()


class OrderSerializer(serializers.Serializer[Order]):
    id = serializers.UUIDField()
    number = serializers.CharField(help_text="As the shop writes it; two shops may use the same.")
    kind = serializers.ChoiceField(choices=[kind.value for kind in OrderKind])
    status = serializers.ChoiceField(choices=[status.value for status in OrderStatus])
    shop_status = serializers.CharField(help_text="The shop's own word.")
    is_test = serializers.BooleanField()
    connection = serializers.UUIDField(source="connection_id", allow_null=True)
    customer = serializers.UUIDField(
        source="contact_id",
        allow_null=True,
        help_text="The customer's id; null for an order without an e-mail address.",
    )
    email = serializers.CharField()
    buyer_name = serializers.CharField()
    total = MoneyField()
    refunded = MoneyField(help_text="What was given back: not taken off total.")
    shipping = MoneyField()
    fees = MoneyField()
    discount = MoneyField()
    tax = MoneyField()
    payment_method = serializers.CharField()
    ordered_at = serializers.DateTimeField()
    cancelled_at = serializers.DateTimeField(allow_null=True)
    gone_at = serializers.DateTimeField(
        allow_null=True, help_text="When the shop said that the order is no more."
    )
    updated_at = serializers.DateTimeField(source="taken_at")
    lines = serializers.SerializerMethodField()
    refunds = serializers.SerializerMethodField()

    @extend_schema_field(LineSerializer(many=True))
    def get_lines(self, order: Order) -> Any:
        return LineSerializer(list(order.lines.order_by("position", "pk")), many=True).data  # type: ignore[arg-type]

    @extend_schema_field(RefundSerializer(many=True))
    def get_refunds(self, order: Order) -> Any:
        standing = order.refunds.filter(removed_at=None).order_by("refunded_at", "pk")
        return RefundSerializer(list(standing), many=True).data


class _PageSerializer(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True, help_text="The page after this one.")
    previous = serializers.URLField(allow_null=True, help_text="The page before this one.")


class CustomerPageSerializer(_PageSerializer):
    results = CustomerSerializer(many=True)


class OrderPageSerializer(_PageSerializer):
    results = OrderSerializer(many=True)


class ParameterProblemSerializer(serializers.Serializer[Any]):
    parameter = serializers.CharField()
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="Stable, for programs.")
    detail = serializers.CharField(help_text="For people.")
    errors = ParameterProblemSerializer(many=True, required=False)  # type: ignore[assignment]
    error_id = serializers.CharField(required=False, help_text="Names the failure in our logs.")


REFUSALS = {(status, PROBLEM): ProblemSerializer for status in (400, 401, 403, 404, 429, 500)}


def _metrics(contact: Contact) -> CustomerMetrics | None:
    return getattr(contact, "metrics", None)


def _money(amount: Decimal, currency: str) -> dict[str, str]:
    found = shapes.money(amount, currency)
    return {"amount": found.amount, "currency": found.currency}
