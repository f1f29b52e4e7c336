"""The newest orders come in as a shop would send them: our own JSON, through the inbox."""

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from regulars.crm_core.commerce.canonical import TakenLine, TakenOrder, TakenRefund
from regulars.integrations.shop.connectors.push.shape import MAX_ROWS


def bodies(orders: Sequence[TakenOrder]) -> list[bytes]:
    """Batches as docs/guides/push-api.md describes them, each one body."""
    batches = [orders[first : first + MAX_ROWS] for first in range(0, len(orders), MAX_ROWS)]
    return [
        json.dumps({"orders": [_order(each) for each in batch]}, ensure_ascii=False).encode()
        for batch in batches
    ]


def _order(order: TakenOrder) -> dict[str, Any]:
    words = _told(
        number=order.number,
        shipping=order.shipping,
        fees=order.fees,
        discount=order.discount,
        tax=order.tax,
        changed_at=order.changed_at,
        cancelled_at=order.cancelled_at,
        is_test=order.is_test,
        payment_method=order.payment_method,
        channel=order.channel,
    )
    buyer = order.customer
    if buyer is not None:
        words["customer"] = _told(
            id=buyer.external_id,
            email=buyer.email,
            first_name=buyer.first_name,
            last_name=buyer.last_name,
            phone=buyer.phone,
            company=buyer.company,
            city=buyer.city,
            region=buyer.region,
            country_code=buyer.country_code,
        )
    return {
        "id": order.external_id,
        "status": order.status.value,
        "currency": order.currency,
        "ordered_at": order.ordered_at.isoformat(),
        "total": str(order.total),
        "lines": [_line(line) for line in order.lines],
        "refunds": [_refund(refund) for refund in order.refunds],
        **words,
    }


def _line(line: TakenLine) -> dict[str, Any]:
    return {
        "id": line.external_id,
        "title": line.title,
        "quantity": str(line.quantity),
        "unit_price": str(line.unit_price),
        "total": str(line.total),
        **_told(sku=line.sku, product_id=line.product_external_id, discount=line.discount, tax=line.tax),
    }


def _refund(refund: TakenRefund) -> dict[str, Any]:
    words = _told(tax=refund.tax, reason=refund.reason, refunded_at=refund.refunded_at)
    return {"id": refund.external_id, "amount": str(refund.amount), **words}


def _told(**words: object) -> dict[str, Any]:
    """What there is to say, as JSON says it: amounts as text, moments with their offset."""
    return {name: _worded(value) for name, value in words.items() if value not in (None, "", False)}


def _worded(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
