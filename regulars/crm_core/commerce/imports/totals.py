"""What a source has brought, added up from the rows that pages and APIs read: the proof of an import."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from regulars.platform import tenancy

TOP_CUSTOMERS = 5
MONEY_PLACES = 2

COUNTS = """
SELECT count(*) AS orders,
    count(*) FILTER (WHERE kind = 'credit') AS credits,
    count(*) FILTER (WHERE kind = 'adjustment') AS adjustments,
    count(*) FILTER (WHERE is_counted) AS counted_orders,
    count(DISTINCT contact_id) AS customers
FROM commerce_order WHERE connection_id = %(connection_id)s
"""
LINES = """
SELECT count(*), count(*) FILTER (WHERE o.contact_id IS NULL)
FROM commerce_order o JOIN commerce_orderline l ON l.order_id = o.id WHERE o.connection_id = %(connection_id)s
"""
AMOUNTS = """
SELECT coalesce(sum(e.amount), 0),
    coalesce(sum(e.amount) FILTER (WHERE o.contact_id IS NOT NULL), 0),
    coalesce(sum(e.amount) FILTER (WHERE o.contact_id IS NOT NULL AND o.kind <> 'credit'), 0),
    coalesce(sum(e.amount) FILTER (WHERE o.kind = 'credit'), 0),
    coalesce(sum(e.amount) FILTER (WHERE o.contact_id IS NULL), 0)
FROM commerce_order o JOIN commerce_saleentry e ON e.order_id = o.id
WHERE o.connection_id = %(connection_id)s AND e.currency = %(currency)s
"""
REPEATING = """
SELECT count(*), count(*) FILTER (WHERE orders >= 2), count(*) FILTER (WHERE days >= 2)
FROM (
    SELECT count(*) AS orders, count(DISTINCT (ordered_at AT TIME ZONE %(zone)s)::date) AS days
    FROM commerce_order WHERE connection_id = %(connection_id)s AND is_counted AND contact_id IS NOT NULL
    GROUP BY contact_id
) AS each_customer
"""
MONTHS = """
WITH booked AS (
    SELECT e.order_id, sum(e.amount) AS amount
    FROM commerce_saleentry e JOIN commerce_order o ON o.id = e.order_id
    WHERE o.connection_id = %(connection_id)s AND e.currency = %(currency)s GROUP BY e.order_id
), written AS (
    SELECT l.order_id, count(*) AS lines
    FROM commerce_orderline l JOIN commerce_order o ON o.id = l.order_id
    WHERE o.connection_id = %(connection_id)s GROUP BY l.order_id
)
SELECT to_char(o.ordered_at AT TIME ZONE %(zone)s, 'YYYY-MM') AS month, coalesce(sum(b.amount), 0),
    coalesce(sum(b.amount) FILTER (WHERE o.contact_id IS NOT NULL), 0), coalesce(sum(w.lines), 0)::bigint,
    count(*)
FROM commerce_order o
    LEFT JOIN booked b ON b.order_id = o.id
    LEFT JOIN written w ON w.order_id = o.id
WHERE o.connection_id = %(connection_id)s GROUP BY month ORDER BY month
"""
# A shop's customer id is what its file can be compared with: the link says it.
TOP = """
SELECT split_part(l.value, ':', 2) AS customer, c.name, t.spent FROM (
    SELECT o.contact_id, sum(e.amount) AS spent
    FROM commerce_order o JOIN commerce_saleentry e ON e.order_id = o.id
    WHERE o.connection_id = %(connection_id)s AND e.currency = %(currency)s AND o.contact_id IS NOT NULL
    GROUP BY o.contact_id ORDER BY spent DESC, o.contact_id LIMIT %(top)s
) AS t
    JOIN customers_contact c ON c.id = t.contact_id
    LEFT JOIN LATERAL (
        SELECT value FROM customers_link
        WHERE contact_id = c.id AND kind = 'shop' AND undone_at IS NULL
            AND value LIKE %(connection_id)s::text || ':%%'
        ORDER BY id LIMIT 1
    ) AS l ON true
ORDER BY t.spent DESC
"""


def of(*, connection_id: UUID, currency: str, zone: str) -> dict[str, Any]:
    """Every total of one source's orders in the open tenant; amounts in ``currency``, as exact text.

    *cancelled* are credit orders, *known* orders with a customer; amounts are net unless they say otherwise.
    """
    asked = {"connection_id": connection_id, "currency": currency, "zone": zone, "top": TOP_CUSTOMERS}
    orders, credits_, adjustments, counted, customers = tenancy.rows(COUNTS, asked)[0]
    lines, anonymous_lines = tenancy.rows(LINES, asked)[0]
    overall, known, known_sold, cancelled, anonymous = tenancy.rows(AMOUNTS, asked)[0]
    buyers, repeating, on_two_days = tenancy.rows(REPEATING, asked)[0]
    return {
        "currency": currency,
        "lines": lines,
        "lines_without_customer": anonymous_lines,
        "invoices": orders,
        "cancellation_invoices": credits_,
        "other_invoices": orders - credits_,
        "adjustment_invoices": adjustments,
        "counted_orders": counted,
        "customers": customers,
        "customers_with_an_order": buyers,
        "customers_with_2_orders": repeating,
        "customers_with_2_order_days": on_two_days,
        "amount": text(overall),
        "amount_known_net": text(known),
        "amount_known_not_cancelled": text(known_sold),
        "amount_cancelled": text(cancelled),
        "amount_without_customer": text(anonymous),
        "top_customers": [
            {"customer": customer or "", "name": name, "net_spend": text(spent)}
            for customer, name, spent in tenancy.rows(TOP, asked)
        ],
        "months": [_month(*row) for row in tenancy.rows(MONTHS, asked)],
    }


def _month(month: str, amount: Decimal, known: Decimal, lines: int, orders: int) -> dict[str, Any]:
    return {
        "month": month,
        "amount": text(amount),
        "amount_known": text(known),
        "lines": lines,
        "invoices": orders,
    }


def text(amount: Decimal) -> str:
    """Without the zeros that a column adds, but with two decimals at least."""
    plain = amount.normalize()
    exponent = plain.as_tuple().exponent
    places = max(MONEY_PLACES, -exponent if isinstance(exponent, int) else 0)
    return f"{plain:.{places}f}"
