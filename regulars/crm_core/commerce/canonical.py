"""The one shape every shop is mapped to: what ``orders.take`` and its neighbors accept.

Plain values, no shop's words: an adapter fills these, the core reads nothing else. Amounts are exact
decimals in ``currency`` (ISO 4217); datetimes are aware and in UTC.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class OrderKind(StrEnum):
    SALE = "sale"
    CREDIT = "credit"  # takes back an earlier sale that the source does not name
    ADJUSTMENT = "adjustment"  # bookkeeping: no sale, not counted as an order


class OrderStatus(StrEnum):
    """Where an order stands. The shop's own word is kept beside it, in ``shop_status``."""

    PENDING = "pending"
    ON_HOLD = "on_hold"
    PROCESSING = "processing"
    COMPLETED = "completed"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"
    FAILED = "failed"
    DRAFT = "draft"
    TRASHED = "trashed"


# Architecture, "what counts": the statuses whose orders are in orders_count and total_spent.
COUNTED = frozenset(
    {OrderStatus.ON_HOLD, OrderStatus.PROCESSING, OrderStatus.COMPLETED, OrderStatus.REFUNDED}
)


@dataclass(frozen=True, kw_only=True)
class TakenCustomer:
    """A customer as a shop knows them: a registered one, or the buyer written on a guest's order."""

    external_id: str = ""  # the shop's customer id; "" for a guest
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    company: str = ""
    city: str = ""
    region: str = ""
    country_code: str = ""  # ISO 3166-1 alpha-2
    created_at: datetime | None = None
    changed_at: datetime | None = None  # None: the source does not say, newer is what came later
    is_erased: bool = False  # the shop has erased this person: ours is redacted too


@dataclass(frozen=True, kw_only=True)
class TakenProduct:
    external_id: str
    title: str
    sku: str = ""
    price: Decimal | None = None
    cost: Decimal | None = None  # what one piece costs the shop; None when unknown
    currency: str
    is_published: bool = True
    changed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class TakenLine:
    """One line of an order. ``total`` is after discounts and before tax, the sign as sold."""

    external_id: str  # stable within its order
    title: str
    sku: str = ""
    product_external_id: str = ""
    variant_external_id: str = ""
    quantity: Decimal
    unit_price: Decimal  # before discounts and tax
    discount: Decimal = Decimal(0)  # positive: taken off
    tax: Decimal = Decimal(0)
    total: Decimal
    unit_cost: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class TakenRefund:
    external_id: str
    amount: Decimal  # positive: given back, tax included
    tax: Decimal = Decimal(0)  # the part of ``amount`` that is tax
    reason: str = ""
    refunded_at: datetime | None = None  # None: the order's change time


@dataclass(frozen=True, kw_only=True)
class TakenOrder:
    """An order with everything on it. ``total`` is what the buyer owed, tax included, refunds not taken off.

    items (sum of lines' total) + shipping + fees + tax = total; a difference that a shop's rounding
    leaves is booked as such, so that totals always equal the shop's own.
    """

    external_id: str
    number: str
    kind: OrderKind = OrderKind.SALE
    status: OrderStatus
    shop_status: str = ""
    currency: str
    shipping: Decimal = Decimal(0)  # before tax
    fees: Decimal = Decimal(0)  # before tax, may be negative
    discount: Decimal = Decimal(0)  # positive; already taken off the lines, told for display
    tax: Decimal = Decimal(0)  # all tax: lines, shipping and fees
    total: Decimal
    ordered_at: datetime
    changed_at: datetime | None  # the shop's own version of the row; None when it has none
    cancelled_at: datetime | None = None
    is_test: bool = False
    customer: TakenCustomer | None = None  # None, or without id and e-mail: an order without a contact
    lines: tuple[TakenLine, ...] = ()
    refunds: tuple[TakenRefund, ...] = ()
    payment_method: str = ""
    channel: str = ""


@dataclass(frozen=True, kw_only=True)
class Gone:
    """The shop says that this row is no more. ``changed_at`` as far as known."""

    kind: str  # "order", "customer" or "product"
    external_id: str
    is_trashed: bool = False  # may come back
    changed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a row came from: which connection, by which way."""

    connection_id: str | None  # UUID as text; None for imports and rows made by hand
    origin: str  # "webhook", "fetch", "backfill", "reconcile", "import", "push", "staff"
    extra: dict[str, str] = field(default_factory=dict)
