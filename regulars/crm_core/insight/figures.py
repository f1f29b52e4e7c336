"""The shop's last days against the days before: revenue, profit, orders, who came back. For Home.

Only the window is read, so it costs the same in the tenth year. Days are the tenant's. Money is the
ledger's, in the tenant's currency: revenue is what was sold less what was given back *in* the window;
profit follows the rule of ``metrics``.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from regulars.crm_core.insight import assumptions
from regulars.platform import tenancy

ZERO = Decimal(0)

# A refund gives back the part of it that the order's goods are of the whole order.
LEDGER = """
WITH entries AS (
    SELECT e.order_id, e.kind, e.base_amount, e.cost, (e.happened_at AT TIME ZONE %(zone)s)::date AS day
    FROM commerce_saleentry e
    WHERE e.happened_at >= %(since)s AND e.happened_at < %(until)s AND e.base_amount IS NOT NULL
), shares AS (
    SELECT o.order_id,
        sum(o.base_amount) FILTER (WHERE o.kind = 'item')
            / nullif(sum(o.base_amount) FILTER (WHERE o.kind <> 'refund'), 0) AS goods_share
    FROM commerce_saleentry o
    WHERE o.order_id IN (SELECT order_id FROM entries WHERE kind = 'refund')
    GROUP BY o.order_id
)
SELECT e.day,
    sum(e.base_amount),
    coalesce(sum(e.base_amount) FILTER (WHERE e.kind <> 'refund'), 0),
    coalesce(sum(e.base_amount) FILTER (WHERE e.kind = 'item'), 0)
        - coalesce(sum(e.cost) FILTER (WHERE e.kind = 'item'), 0)
        + coalesce(sum(e.base_amount * coalesce(s.goods_share, 1)) FILTER (WHERE e.kind = 'refund'), 0),
    coalesce(sum(e.base_amount) FILTER (WHERE e.kind = 'item' AND e.cost IS NULL), 0)
FROM entries e LEFT JOIN shares s ON s.order_id = e.order_id
GROUP BY e.day
"""

ORDERS = """
SELECT (ordered_at AT TIME ZONE %(zone)s)::date AS day, count(*)
FROM commerce_order
WHERE is_counted AND ordered_at >= %(since)s AND ordered_at < %(until)s
GROUP BY day
"""

# Somebody comes back whose first order of all is earlier than their last one in the window.
RETURNING = """
SELECT count(*), count(*) FILTER (WHERE m.first_order_at < w.last_at)
FROM (
    SELECT contact_id, max(ordered_at) AS last_at
    FROM commerce_order
    WHERE is_counted AND contact_id IS NOT NULL AND ordered_at >= %(since)s AND ordered_at < %(until)s
    GROUP BY contact_id
) w JOIN insight_customermetrics m ON m.contact_id = w.contact_id
"""


@dataclass(frozen=True, kw_only=True)
class Day:
    day: date
    revenue: Decimal = ZERO
    gross: Decimal = ZERO  # before refunds
    profit: Decimal | None = ZERO
    is_estimated: bool = False
    orders_count: int = 0


@dataclass(frozen=True, kw_only=True)
class Period:
    """So many days together. ``profit`` is None when costs are unknown and no margin was given."""

    days: tuple[Day, ...]
    revenue: Decimal
    profit: Decimal | None
    profit_is_estimated: bool
    orders_count: int
    average_order: Decimal | None
    customers_count: int
    returning_share: Decimal | None


@dataclass(frozen=True)
class Figures:
    now: Period
    before: Period


def of(*, days: int, zone: ZoneInfo, at: datetime) -> Figures:
    """The last ``days`` days, today included, and as many before them; five statements."""
    today = at.astimezone(zone).date()
    margin = assumptions.margin()
    first = today - timedelta(days=2 * days - 1)
    middle = today - timedelta(days=days - 1)
    rows = _days(first, today, zone=zone, margin=margin)
    return Figures(
        now=_period(rows[days:], since=middle, until=today, zone=zone),
        before=_period(rows[:days], since=first, until=middle - timedelta(days=1), zone=zone),
    )


def share_changed(now: Decimal | int | None, before: Decimal | int | None) -> Decimal | None:
    """By which share a figure moved: 0.12 for up 12 %. None when there is nothing to compare with."""
    if now is None or not before or before < 0:
        return None
    return (Decimal(now) - before) / before


def _days(first: date, last: date, *, zone: ZoneInfo, margin: Decimal | None) -> list[Day]:
    window = _window(first, last, zone)
    money = {row[0]: row[1:] for row in tenancy.rows(LEDGER, window)}
    orders = dict(tenancy.rows(ORDERS, window))
    count = (last - first).days + 1
    return [
        _day(day, money.get(day), orders.get(day, 0), margin)
        for day in (first + timedelta(days=n) for n in range(count))
    ]


def _day(day: date, money: tuple[Any, ...] | None, orders_count: int, margin: Decimal | None) -> Day:
    if money is None:
        return Day(day=day, orders_count=orders_count)
    revenue, gross, gain, uncosted = money
    profit: Decimal | None = gain
    if uncosted:
        profit = None if margin is None else gain - uncosted * (100 - margin) / 100
    return Day(
        day=day,
        revenue=revenue,
        gross=gross,
        profit=profit,
        is_estimated=bool(uncosted) and margin is not None,
        orders_count=orders_count,
    )


def _period(days: list[Day], *, since: date, until: date, zone: ZoneInfo) -> Period:
    customers, returning = tenancy.rows(RETURNING, _window(since, until, zone))[0]
    profits = [day.profit for day in days if day.profit is not None]
    orders_count = sum(day.orders_count for day in days)
    gross = sum((day.gross for day in days), ZERO)
    return Period(
        days=tuple(days),
        revenue=sum((day.revenue for day in days), ZERO),
        profit=sum(profits, ZERO) if len(profits) == len(days) else None,
        profit_is_estimated=any(day.is_estimated for day in days),
        orders_count=orders_count,
        average_order=gross / orders_count if orders_count else None,
        customers_count=customers,
        returning_share=Decimal(returning) / customers if customers else None,
    )


def _window(first: date, last: date, zone: ZoneInfo) -> dict[str, Any]:
    """From the first moment of a day to the last of another, where the tenant is."""
    since = datetime.combine(first, time(), tzinfo=zone)
    until = datetime.combine(last + timedelta(days=1), time(), tzinfo=zone)
    return {"since": since, "until": until, "zone": zone.key}
