"""A second subscription of one workspace, from two Checkout pages paid at the same moment: it is undone.

Ended at Stripe at once, with what was paid for it given back, written into the ledger and told to the owner.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from regulars.billing import gateways, outbox
from regulars.billing.gateway import Ended
from regulars.billing.models import BillingLedger, Subscription
from regulars.platform import tenancy
from regulars.platform.facts import facts
from regulars.platform.money import Money

KIND = "end"  # of command; its key names the subscription
PREFIX = "end-"
ENDED, REFUND, CREDIT = "surplus", "refund", "credit"  # what the ledger calls them
TOLD_FOR = timedelta(days=30)  # so long the Billing screen speaks of it
MAX_CAUSE = 120  # characters


@dataclass(frozen=True, kw_only=True)
class Undone:
    """``returned``: what went back, None where nothing had been paid; ``is_credited``: not to the card."""

    plan: str
    ended_at: datetime
    returned: Money | None
    is_credited: bool


def end(row: Subscription, *, surplus: Iterable[str], stays: str, at: datetime, cause: str) -> bool:
    """Undo these subscriptions of the payer's side, and those a process died over. False: there were none.

    ``stays``: the one that counts. It may have been due to end until its owner ended the other one.

    Not for use in a transaction. Safe to repeat. Raises PaymentsAway.
    """
    unfinished = outbox.unfinished(tenant=row.tenant, kind=KIND)
    due = {*surplus, *(key.removeprefix(PREFIX) for key in unfinished)}
    due.discard(stays)
    for subscription in sorted(due):
        outbox.perform(
            tenant=row.tenant,
            kind=KIND,
            key=f"{PREFIX}{subscription}",
            call=lambda key, each=subscription: gateways.gateway().end(key=key, subscription=each),  # type: ignore[misc]
            result_id=lambda ended: ended.subscription,
            kept=lambda ended: _noted(row, ended, at=at, cause=cause),
            at=at,
        )
    return bool(due)


def undone(*, tenant: str, at: datetime) -> list[Undone]:
    """What was undone lately for the tenant with this schema name, the newest first."""
    with tenancy.shared():
        rows = list(
            BillingLedger.objects.filter(
                tenant=tenant, what__in=(ENDED, REFUND, CREDIT), happened_at__gt=at - TOLD_FOR
            ).order_by("-pk")
        )
    return [_undone(row, rows) for row in rows if row.what == ENDED]


def _undone(row: BillingLedger, rows: list[BillingLedger]) -> Undone:
    plan, _space, subscription = row.before.partition(" ")
    returned = [each for each in rows if each.what != ENDED and each.before.split(" ")[0] == subscription]
    amounts = [each.after.split(" ") for each in returned]
    total = sum((Decimal(amount) for amount, _currency in amounts), Decimal(0))
    return Undone(
        plan=plan,
        ended_at=row.happened_at,
        returned=Money(total, amounts[0][1]) if amounts else None,
        is_credited=any(each.what == CREDIT for each in returned),
    )


def _noted(row: Subscription, ended: Ended, *, at: datetime, cause: str) -> None:
    schema = row.tenant.schema_name
    words = [(ENDED, f"{ended.plan} {ended.subscription}", "ended")]
    for each in ended.returned:
        what = CREDIT if each.is_credited else REFUND
        words.append((what, f"{ended.subscription} {each.bill}", f"{each.amount} {each.currency}"))
    BillingLedger.objects.bulk_create(
        BillingLedger(
            tenant=schema, happened_at=at, what=what, before=before, after=after, cause=cause[:MAX_CAUSE]
        )
        for what, before, after in words
    )
    with tenancy.opened(schema):
        facts.record("subscription.surplus_ended", subject_id=row.pk, at=at, before={"plan": ended.plan})
