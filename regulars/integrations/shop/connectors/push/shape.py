"""The JSON that shops push to us; its schema, docs/api/push/batch.schema.json, is made from this file."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from regulars.crm_core.commerce.canonical import OrderStatus
from regulars.integrations.shop.connector import Kind

MAX_ROWS = 250  # in one batch, of all kinds together
MAX_LINES = 1000
MAX_REFUNDS = 200
DIALECT = "https://json-schema.org/draft/2020-12/schema"

Amount = Annotated[
    str,
    Meta(
        pattern=r"^-?[0-9]{1,15}(\.[0-9]{1,4})?$",
        description="A decimal as text, so that no digit is lost on the way.",
        examples=["74.37"],
    ),
]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217.", examples=["EUR"])]
Moment = Annotated[datetime, Meta(tz=True, description="RFC 3339, with its offset from UTC.")]
Id = Annotated[
    str,
    Meta(min_length=1, max_length=64, pattern=r"^[!-~]+$", description="The shop's own id: visible ASCII."),
]
OptionalId = Annotated[str, Meta(max_length=64, pattern=r"^[!-~]*$")]
Word = Annotated[str, Meta(max_length=60)]
Name = Annotated[str, Meta(max_length=120)]
Title = Annotated[str, Meta(max_length=300)]
Email = Annotated[str, Meta(max_length=254, description="Empty when unknown; never a placeholder.")]
Country = Annotated[str, Meta(pattern="^([A-Z]{2})?$", description="ISO 3166-1 alpha-2, or empty.")]


class Strict(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    pass


class Buyer(Strict, frozen=True, kw_only=True):
    """Who bought. Without an id it is a guest, and without id and e-mail nobody we could know."""

    id: OptionalId = ""
    email: Email = ""
    first_name: Name = ""
    last_name: Name = ""
    phone: Annotated[str, Meta(max_length=40)] = ""
    company: Name = ""
    city: Name = ""
    region: Name = ""
    country_code: Country = ""


class Customer(Strict, frozen=True, kw_only=True):
    """A registered customer. ``is_erased``: your shop has erased this person, and we will."""

    id: Id
    email: Email = ""
    first_name: Name = ""
    last_name: Name = ""
    phone: Annotated[str, Meta(max_length=40)] = ""
    company: Name = ""
    city: Name = ""
    region: Name = ""
    country_code: Country = ""
    created_at: Moment | None = None
    changed_at: Moment | None = None
    is_erased: bool = False


class Line(Strict, frozen=True, kw_only=True):
    """``total`` is after discounts and before tax; ``unit_price`` before both."""

    id: Id
    title: Title
    sku: Name = ""
    product_id: OptionalId = ""
    variant_id: OptionalId = ""
    quantity: Amount
    unit_price: Amount
    discount: Amount = "0"
    tax: Amount = "0"
    total: Amount
    unit_cost: Amount | None = None


class Refund(Strict, frozen=True, kw_only=True):
    """``amount`` is what was given back, positive and with its tax; ``tax`` is the tax in it."""

    id: Id
    amount: Amount
    tax: Amount = "0"
    reason: Title = ""
    refunded_at: Moment | None = None


class Order(Strict, frozen=True, kw_only=True):
    """Lines + ``shipping`` + ``fees`` + ``tax`` = ``total``. Refunds are not taken off the total.

    ``changed_at`` is your version of the order: of two, the newer stands, in whatever order they arrive.
    """

    id: Id
    number: Annotated[str, Meta(max_length=64)] = ""
    status: OrderStatus
    currency: Currency
    ordered_at: Moment
    changed_at: Moment | None = None
    cancelled_at: Moment | None = None
    shipping: Amount = "0"
    fees: Amount = "0"
    discount: Amount = "0"
    tax: Amount = "0"
    total: Amount
    is_test: bool = False
    customer: Buyer | None = None
    lines: Annotated[list[Line], Meta(max_length=MAX_LINES)] = []
    refunds: Annotated[list[Refund], Meta(max_length=MAX_REFUNDS)] = []
    payment_method: Name = ""
    channel: Word = ""


class Product(Strict, frozen=True, kw_only=True):
    """``cost`` is what one piece costs you; leave it out when unknown."""

    id: Id
    title: Title
    sku: Name = ""
    price: Amount | None = None
    cost: Amount | None = None
    currency: Currency
    is_published: bool = True
    changed_at: Moment | None = None


class DeletedKind(StrEnum):
    ORDER = Kind.ORDER.value
    CUSTOMER = Kind.CUSTOMER.value
    PRODUCT = Kind.PRODUCT.value


class Deleted(Strict, frozen=True, kw_only=True):
    """A row that is no more."""

    kind: DeletedKind
    id: Id
    changed_at: Moment | None = None


class Batch(Strict, frozen=True, kw_only=True):
    """Up to 250 rows of all kinds together, at least one. Customers and products come before orders."""

    customers: Annotated[list[Customer], Meta(max_length=MAX_ROWS)] = []
    products: Annotated[list[Product], Meta(max_length=MAX_ROWS)] = []
    orders: Annotated[list[Order], Meta(max_length=MAX_ROWS)] = []
    deleted: Annotated[list[Deleted], Meta(max_length=MAX_ROWS)] = []


ROWS: dict[str, type[Strict]] = {
    "customers": Customer,
    "products": Product,
    "orders": Order,
    "deleted": Deleted,
}


def published() -> dict[str, Any]:
    """The JSON Schema of a batch, as it is committed under docs/api/push/."""
    return {"$schema": DIALECT, "title": "Regulars push batch", **msgspec.json.schema(Batch)}
