"""Figures per customer, recomputed from the ledger's rows: never added to, so a repeat changes nothing.

- ``orders_count``, first and last order: counted orders only (``Order.is_counted``).
- ``total_spent``: every entry of the contact's orders in the tenant's currency; refunds, credits taken off.
- ``refunded``: what was given back, by refunds and by credit orders; already taken off ``total_spent``.
- ``profit``: the goods' money less their cost. Goods without a known cost are worth the owner's one margin
  (then ``profit_is_estimated``), or make the profit unknown (null) while there is none. A refund takes back
  the goods' share of its order, never their cost: a shop does not say which goods came back. Shipping, fees
  and tax are no profit.
- ``average_gap_days``: from the first order day to the last in the tenant's zone, over the steps between
  order days; two orders on one day are one visit. Null below two order days.
- ``elsewhere``: amounts no exchange rate was known for, by currency.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from regulars.crm_core.customers.models import Contact
from regulars.crm_core.insight import stages
from regulars.crm_core.insight.models import CustomerMetrics
from regulars.platform import tenancy
from regulars.tenants.models import Tenant

# A shop with a million customers is recomputed in about a minute; the default limit is for pages.
UNHURRIED = "SET LOCAL statement_timeout = '30min'"

# An entry's goods are its items; a refund gives back the part of it that the order's items are of the order.
RECOMPUTE = f"""
WITH assumed AS (
    SELECT (SELECT margin_percent FROM insight_assumptions WHERE id = 1) AS margin_percent
), ledger AS (
    SELECT o.id, o.contact_id, o.kind = 'credit' AS is_credit,
        sum(e.base_amount) AS net,
        coalesce(sum(e.base_amount) FILTER (WHERE e.kind = 'refund'), 0) AS given_back,
        coalesce(sum(e.base_amount) FILTER (WHERE e.kind <> 'refund'), 0) AS gross,
        coalesce(sum(e.base_amount) FILTER (WHERE e.kind = 'item'), 0) AS goods,
        coalesce(sum(e.base_amount) FILTER (WHERE e.kind = 'item' AND e.cost IS NULL), 0) AS uncosted,
        coalesce(sum(e.cost) FILTER (WHERE e.kind = 'item'), 0) AS cost,
        count(*) FILTER (WHERE e.kind = 'item' AND e.base_amount IS NOT NULL) AS goods_count
    FROM commerce_order o JOIN commerce_saleentry e ON e.order_id = o.id
    WHERE o.contact_id IS NOT NULL
        AND (%(contacts)s::uuid[] IS NULL OR o.contact_id = ANY(%(contacts)s::uuid[]))
    GROUP BY o.id
), money AS (
    SELECT contact_id, coalesce(sum(net), 0) AS total_spent,
        -coalesce(sum(CASE WHEN is_credit THEN net ELSE given_back END), 0) AS refunded,
        sum(goods - cost + CASE WHEN gross = 0 THEN given_back
            ELSE round(given_back * goods / gross, 4) END) AS gain,
        sum(uncosted) AS uncosted, bool_or(uncosted <> 0) AS is_partly_unknown,
        sum(goods_count) AS goods_count
    FROM ledger GROUP BY contact_id
), foreign_sums AS (
    SELECT o.contact_id, e.currency, sum(e.amount) AS amount
    FROM commerce_saleentry e JOIN commerce_order o ON o.id = e.order_id
    WHERE e.base_amount IS NULL AND o.contact_id IS NOT NULL
        AND (%(contacts)s::uuid[] IS NULL OR o.contact_id = ANY(%(contacts)s::uuid[]))
    GROUP BY o.contact_id, e.currency HAVING sum(e.amount) <> 0
), elsewhere AS (
    SELECT contact_id, jsonb_object_agg(currency, amount::text) AS amounts
    FROM foreign_sums GROUP BY contact_id
), counted AS (
    SELECT contact_id, count(*) AS orders_count, min(ordered_at) AS first_order_at,
        max(ordered_at) AS last_order_at,
        max((ordered_at AT TIME ZONE %(zone)s)::date) - min((ordered_at AT TIME ZONE %(zone)s)::date) AS span,
        count(DISTINCT (ordered_at AT TIME ZONE %(zone)s)::date) AS days_count
    FROM commerce_order
    WHERE is_counted AND contact_id IS NOT NULL
        AND (%(contacts)s::uuid[] IS NULL OR contact_id = ANY(%(contacts)s::uuid[]))
    GROUP BY contact_id
), figures AS (
    SELECT c.id AS contact_id, coalesce(n.orders_count, 0) AS orders_count,
        coalesce(m.total_spent, 0) AS total_spent, coalesce(m.refunded, 0) AS refunded,
        CASE WHEN coalesce(m.goods_count, 0) = 0 THEN NULL
            WHEN NOT m.is_partly_unknown THEN m.gain
            ELSE m.gain - round(m.uncosted * (100 - a.margin_percent) / 100, 4) END AS profit,
        coalesce(m.is_partly_unknown AND a.margin_percent IS NOT NULL, false) AS profit_is_estimated,
        coalesce(w.amounts, '{{}}'::jsonb) AS elsewhere, n.first_order_at, n.last_order_at,
        round(n.span::numeric / nullif(n.days_count - 1, 0), 2) AS average_gap_days,
        c.merged_into_id IS NULL AS is_listed
    FROM customers_contact c CROSS JOIN assumed a
        LEFT JOIN money m ON m.contact_id = c.id
        LEFT JOIN counted n ON n.contact_id = c.id
        LEFT JOIN elsewhere w ON w.contact_id = c.id
    WHERE %(contacts)s::uuid[] IS NULL OR c.id = ANY(%(contacts)s::uuid[])
)
INSERT INTO insight_customermetrics (
    contact_id, orders_count, total_spent, refunded, profit, profit_is_estimated, elsewhere,
    first_order_at, last_order_at, average_gap_days, is_listed, stage, computed_at
)
SELECT contact_id, orders_count, total_spent, refunded, profit, profit_is_estimated, elsewhere,
    first_order_at, last_order_at, average_gap_days, is_listed, {stages.SQL}, %(at)s
FROM figures
ON CONFLICT (contact_id) DO UPDATE SET
    orders_count = excluded.orders_count, total_spent = excluded.total_spent, refunded = excluded.refunded,
    profit = excluded.profit, profit_is_estimated = excluded.profit_is_estimated,
    elsewhere = excluded.elsewhere, first_order_at = excluded.first_order_at,
    last_order_at = excluded.last_order_at, average_gap_days = excluded.average_gap_days,
    is_listed = excluded.is_listed, stage = excluded.stage, computed_at = excluded.computed_at
"""  # noqa: S608 (constants of this room)


@tenancy.atomic
def recompute(*, contacts: Sequence[UUID] | None, at: datetime) -> int:
    """Work the figures of these contacts out anew (None: of everybody); returns how many rows were written.

    Contacts that do not exist are passed over. ``at`` is the time that stages are judged by. Waits for
    another recomputation of the same tenant, so that the one that read last also writes last.
    """
    if contacts is None:
        tenancy.execute(UNHURRIED)
    tenancy.lock("metrics")
    return tenancy.execute(
        RECOMPUTE, {"contacts": None if contacts is None else list(contacts), "at": at, "zone": _zone()}
    )


@tenancy.atomic
def recompute_family(*, contact: UUID, at: datetime) -> int:
    """The same for one contact and all it has to do with by merges, made or undone: either side changes."""
    family = Contact.objects.filter(Q(pk=contact) | Q(merged_into=contact) | Q(absorbed=contact))
    return recompute(contacts=sorted(set(family.values_list("pk", flat=True))), at=at)


@tenancy.atomic
def recompute_released(*, at: datetime) -> int:
    """The same for contacts that stand alone, but whose figures still say that they are folded away."""
    released = CustomerMetrics.objects.filter(is_listed=False, contact__merged_into=None)
    return recompute(contacts=sorted(released.values_list("contact", flat=True)), at=at)


def _zone() -> str:
    schema = tenancy.current()
    with tenancy.shared():
        return str(Tenant.objects.values_list("time_zone", flat=True).get(schema_name=schema))
