"""The shapes of the answers, as they are encoded. ``serializers.py`` describes the same to the API's readers;
a test holds both together."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from regulars.platform import money as exact


class Money(msgspec.Struct, frozen=True):
    amount: str
    currency: str


class Customer(msgspec.Struct):
    id: UUID
    email: str
    name: str
    first_name: str
    last_name: str
    phone: str
    company: str
    city: str
    region: str
    country_code: str
    tags: list[str]
    stage: str
    orders_count: int
    total_spent: Money
    spent_elsewhere: list[Money]
    first_order_at: datetime | None
    last_order_at: datetime | None
    appeared_at: datetime
    updated_at: datetime
    merged_into: UUID | None


class Line(msgspec.Struct):
    product: UUID | None
    title: str
    sku: str
    quantity: str
    unit_price: Money
    discount: Money
    tax: Money
    total: Money


class Refund(msgspec.Struct):
    amount: Money
    reason: str
    refunded_at: datetime


class Order(msgspec.Struct):
    id: UUID
    number: str
    kind: str
    status: str
    shop_status: str
    is_test: bool
    connection: UUID | None
    customer: UUID | None
    email: str
    buyer_name: str
    total: Money
    refunded: Money
    shipping: Money
    fees: Money
    discount: Money
    tax: Money
    payment_method: str
    ordered_at: datetime
    cancelled_at: datetime | None
    gone_at: datetime | None
    updated_at: datetime
    lines: list[Line]
    refunds: list[Refund]


def money(amount: Decimal, currency: str) -> Money:
    return Money(exact.written(amount, currency), currency)


def quantity(value: Decimal) -> str:
    return exact.digits(value)
