"""Orders and products, from WooCommerce's words to ours."""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from regulars.crm_core.commerce.canonical import (
    OrderStatus,
    TakenLine,
    TakenOrder,
    TakenProduct,
    TakenRefund,
)
from regulars.integrations.shop.connector import Payload, Unreadable, text
from regulars.integrations.shop.connectors.woocommerce import people, values
from regulars.platform import money

STATUSES = {
    "pending": OrderStatus.PENDING,
    "on-hold": OrderStatus.ON_HOLD,
    "processing": OrderStatus.PROCESSING,
    "completed": OrderStatus.COMPLETED,
    "refunded": OrderStatus.REFUNDED,
    "cancelled": OrderStatus.CANCELLED,
    "failed": OrderStatus.FAILED,
    "checkout-draft": OrderStatus.DRAFT,
    "auto-draft": OrderStatus.DRAFT,
    "draft": OrderStatus.DRAFT,
    "trash": OrderStatus.TRASHED,
}
# WooCommerce has no test flag; these payment plugins note on the order in which mode they took the money.
TEST_NOTES = {
    "_wcpay_mode": "test",  # WooPayments
    "_ppcp_paypal_payment_mode": "sandbox",  # PayPal Payments
    "_mollie_payment_mode": "test",
}
# What one piece cost, as cost plugins note it on an order's line, and what all pieces of the line cost.
LINE_UNIT_COSTS = ("_wc_cog_item_cost", "_alg_wc_cog_item_cost")
LINE_COSTS = ("_cogs_total_value", "_wc_cog_item_total_cost")
PRODUCT_COSTS = ("_wc_cog_cost", "_alg_wc_cog_cost", "_cogs_total_value")
LONGEST_TITLE = 300
LONGEST_SKU = 120
LONGEST_NUMBER = 64
LONGEST_WORD = 60
LONGEST_REASON = 300
MAX_LINES = 2000


def order(payload: Payload) -> TakenOrder:
    """An order with all that is on it. Raises Unreadable.

    Line, fee and shipping totals are before tax also in shops whose prices include it, and after discounts;
    ``total`` holds the tax and is not reduced by refunds (measured).
    """
    ordered_at = values.moment(payload, "date_created_gmt")
    if ordered_at is None:
        raise Unreadable("date_created_gmt: an order has a time.")
    changed_at = values.moment(payload, "date_modified_gmt")
    shop_status = text(payload.get("status"), longest=LONGEST_WORD).removeprefix("wc-")
    status = _status(shop_status, payload)
    notes = values.notes(payload)
    external_id = values.row_id(payload.get("id"))
    method = payload.get("payment_method_title") or payload.get("payment_method")
    return TakenOrder(
        external_id=external_id,
        number=text(payload.get("number"), longest=LONGEST_NUMBER) or external_id,
        status=status,
        shop_status=shop_status,
        currency=values.currency(payload.get("currency")),
        shipping=values.amount(payload, "shipping_total"),
        fees=sum((values.amount(fee, "total") for fee in _rows(payload, "fee_lines")), Decimal(0)),
        discount=values.amount(payload, "discount_total"),
        tax=values.amount(payload, "total_tax"),
        total=_required(payload, "total"),
        ordered_at=ordered_at,
        changed_at=changed_at,
        cancelled_at=changed_at if status is OrderStatus.CANCELLED else None,
        is_test=any(notes.get(name) == mode for name, mode in TEST_NOTES.items()),
        customer=people.buyer(payload),
        lines=tuple(_line(row) for row in _rows(payload, "line_items")),
        refunds=tuple(_refund(row) for row in _rows(payload, "refunds")),
        payment_method=values.title(method, longest=LONGEST_SKU),
        channel=text(payload.get("created_via"), longest=LONGEST_WORD),
    )


def product(payload: Payload, *, currency: str) -> TakenProduct:
    """A product; ``currency`` is the store's, because a product does not say. Raises Unreadable."""
    built_in = payload.get("cost_of_goods_sold") or {}
    cost = values.first_cost(built_in, ["total_value"])
    return TakenProduct(
        external_id=values.row_id(payload.get("id")),
        title=values.title(payload.get("name"), longest=LONGEST_TITLE),
        sku=text(payload.get("sku"), longest=LONGEST_SKU),
        price=values.optional_amount(payload, "price"),
        cost=cost if cost is not None else values.first_cost(values.notes(payload), PRODUCT_COSTS),
        currency=values.currency(currency),
        is_published=payload.get("status") == "publish",
        changed_at=values.moment(payload, "date_modified_gmt"),
    )


def _status(word: str, payload: Payload) -> OrderStatus:
    """Plugins add statuses of their own ("shipped"): then the payment decides."""
    known = STATUSES.get(word)
    if known is not None:
        return known
    return OrderStatus.PROCESSING if payload.get("date_paid_gmt") else OrderStatus.PENDING


def _line(row: Mapping[str, Any]) -> TakenLine:
    quantity = values.amount(row, "quantity")
    total = values.amount(row, "total")
    before = values.optional_amount(row, "subtotal")
    # An edited line can cost more than before; that is a price, not a negative discount.
    before = total if before is None or before < total else before
    notes = values.notes(row)
    unit_cost = values.first_cost(notes, LINE_UNIT_COSTS)
    line_cost = values.first_cost(notes, LINE_COSTS)
    if unit_cost is None and line_cost is not None:
        unit_cost = _each(line_cost, quantity)
    return TakenLine(
        external_id=values.row_id(row.get("id")),
        title=values.title(row.get("name"), longest=LONGEST_TITLE),
        sku=text(row.get("sku"), longest=LONGEST_SKU),
        product_external_id=values.optional_id(row.get("product_id")),
        variant_external_id=values.optional_id(row.get("variation_id")),
        quantity=quantity,
        unit_price=_each(before, quantity),
        discount=before - total,
        tax=values.amount(row, "total_tax"),
        total=total,
        unit_cost=unit_cost,
    )


def _refund(row: Mapping[str, Any]) -> TakenRefund:
    """On an order refunds are negative (``total``), in the list of refunds positive (``amount``)."""
    given_back = values.optional_amount(row, "amount")
    if given_back is None:
        given_back = _required(row, "total")
    return TakenRefund(
        external_id=values.row_id(row.get("id")),
        amount=abs(given_back),
        tax=abs(values.amount(row, "total_tax")),
        reason=values.title(row.get("reason"), longest=LONGEST_REASON),
        refunded_at=values.moment(row, "date_created_gmt"),
    )


def _each(total: Decimal, quantity: Decimal) -> Decimal:
    each = total if quantity == 0 else (total / quantity).quantize(values.SMALLEST, ROUND_HALF_EVEN)
    if abs(each) > money.LARGEST:
        raise Unreadable("quantity: the price of one piece is beyond reason.")
    return each


def _required(row: Mapping[str, Any], name: str) -> Decimal:
    found = values.optional_amount(row, name)
    if found is None:
        raise Unreadable(f"{name}: this amount is missing.")
    return found


def _rows(payload: Payload, name: str) -> list[Mapping[str, Any]]:
    rows = payload.get(name) or []
    if not isinstance(rows, list) or len(rows) > MAX_LINES or not all(isinstance(row, dict) for row in rows):
        raise Unreadable(f"{name}: this is not a list of at most {MAX_LINES} objects.")
    return rows
