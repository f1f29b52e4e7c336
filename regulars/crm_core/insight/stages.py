"""Where a customer stands, from four figures. The same rule twice: in Python, and in SQL for many at once.

A customer's *usual gap* is the average number of days between the days they ordered on. Somebody who ordered
on one day only has none yet, and one is assumed. Who stays away for more than twice the usual gap is at risk.
"""

from datetime import datetime
from decimal import Decimal

from regulars.crm_core.insight.models import Stage
from regulars.platform import tenancy

LAPSED_AFTER_DAYS = 365
AT_RISK_AFTER_GAPS = 2
ASSUMED_GAP_DAYS = 90
SHORTEST_GAP_DAYS = 15  # two orders in one week make no weekly buyer
LOYAL_FROM_ORDERS = 5
REPEAT_FROM_ORDERS = 2
DAY_SECONDS = 86_400

# What ``of`` says, over columns named like its arguments; ``%(at)s`` is the time.
SQL = f"""
CASE
    WHEN orders_count = 0 OR last_order_at IS NULL THEN 'lead'
    WHEN %(at)s - last_order_at > interval '{LAPSED_AFTER_DAYS} days' THEN 'lapsed'
    WHEN extract(epoch FROM %(at)s - last_order_at)
        > {AT_RISK_AFTER_GAPS * DAY_SECONDS}
        * greatest(coalesce(average_gap_days, {ASSUMED_GAP_DAYS}), {SHORTEST_GAP_DAYS}) THEN 'at_risk'
    WHEN orders_count >= {LOYAL_FROM_ORDERS} THEN 'loyal'
    WHEN orders_count >= {REPEAT_FROM_ORDERS} THEN 'repeat'
    ELSE 'new'
END
"""

REVISIT = f"""
UPDATE insight_customermetrics AS kept SET stage = now_at.stage
FROM (SELECT contact_id, {SQL} AS stage FROM insight_customermetrics) AS now_at
WHERE kept.contact_id = now_at.contact_id AND kept.stage <> now_at.stage
"""  # noqa: S608 (constants of this module)


def of(
    *, orders_count: int, last_order_at: datetime | None, average_gap_days: Decimal | None, at: datetime
) -> Stage:
    """The stage at a time. Only counted orders count; ``average_gap_days`` is None below two order days."""
    if orders_count == 0 or last_order_at is None:
        return Stage.LEAD
    silence = at - last_order_at
    silent_seconds = Decimal(silence.days * DAY_SECONDS + silence.seconds) + Decimal(
        silence.microseconds
    ) / Decimal(10**6)
    if silent_seconds > LAPSED_AFTER_DAYS * DAY_SECONDS:
        return Stage.LAPSED
    if silent_seconds > AT_RISK_AFTER_GAPS * DAY_SECONDS * usual_gap_days(average_gap_days):
        return Stage.AT_RISK
    if orders_count >= LOYAL_FROM_ORDERS:
        return Stage.LOYAL
    return Stage.REPEAT if orders_count >= REPEAT_FROM_ORDERS else Stage.NEW


def usual_gap_days(average_gap_days: Decimal | None) -> Decimal:
    """What is taken for a customer's usual gap: their own, never shorter than SHORTEST_GAP_DAYS."""
    own = Decimal(ASSUMED_GAP_DAYS) if average_gap_days is None else average_gap_days
    return max(own, Decimal(SHORTEST_GAP_DAYS))


@tenancy.atomic
def revisit(*, at: datetime) -> int:
    """Put every customer of the open tenant where they stand by now; returns how many have moved.

    Stages change with time alone, so this is asked for once a day; only rows that moved are written.
    """
    return tenancy.execute(REVISIT, {"at": at})
