"""What a tenant pays for, and what follows from it: one way in, one lock, one ledger.

Whatever happened (an event, a return from Checkout, the clock, the nightly look) is only a reason to ask
the payer's side anew; ``apply`` is the only writer, so events may come twice, late and in any order.
"""

from datetime import datetime

from django.db.models import Q

from regulars.billing import gateways, plans, states, surplus
from regulars.billing.gateway import Answer, Bill, Remote
from regulars.billing.models import BillingLedger, Invoice, Payer, Subscription
from regulars.crm_core.insight.models import CustomerMetrics
from regulars.platform import tenancy
from regulars.platform.facts import facts
from regulars.tenants import entitlements, keys
from regulars.tenants.models import Tenant, TenantState

CAUSE_TRIAL = "sign-up"
CAUSE_CLOCK = "clock"
CAUSE_RECONCILE = "reconcile"
MAX_CAUSE = 120  # characters


@tenancy.atomic
def start_trial(*, tenant: str, at: datetime) -> Subscription:
    """The tenant with this schema name tries everything from ``at`` on; safe to repeat."""
    with tenancy.shared():
        tenancy.lock("billing", tenant)
        owner = Tenant.objects.get(schema_name=tenant)
        known = Subscription.objects.filter(tenant=owner).first()
        if known is not None:
            return known
        ends = at + plans.terms().trial
        row = Subscription(tenant=owner, trial_ends_at=ends, made_at=at, changed_at=at)
        return _settled(row, at=at, cause=CAUSE_TRIAL)


def found(*, tenant: str, at: datetime) -> Subscription:
    """The subscription of the tenant with this schema name; its trial starts when there is none yet."""
    with tenancy.shared():
        row = Subscription.objects.select_related("tenant").filter(tenant__schema_name=tenant).first()
    return row or start_trial(tenant=tenant, at=at)


def refresh(*, tenant: str, at: datetime, cause: str) -> bool:
    """Ask the payer's side and apply what it says. True when something changed.

    Not for use in a transaction: while the payer's side thinks, nothing of ours is held, and an answer that
    was overtaken meanwhile is dropped by ``apply``. A second subscription beside the one that counts is
    undone. Raises PaymentsAway, PaymentsNotSetUp, UnknownPrice.
    """
    row = found(tenant=tenant, at=at)
    if row.payer != Payer.STRIPE or row.customer_id is None:
        return settle(tenant=tenant, at=at, cause=cause)
    is_changed, answer = _asked(row, row.customer_id, at=at, cause=cause)
    stays = answer.remote.id if answer.remote else ""
    if surplus.end(row, surplus=answer.surplus, stays=stays, at=at, cause=cause):
        return _asked(row, row.customer_id, at=at, cause=cause)[0] or is_changed
    return is_changed


@tenancy.atomic
def apply(*, tenant: str, answer: Answer, at: datetime, cause: str, customer: str | None = None) -> bool:
    """Take an answer of the payer's side, unless a later one is known. True when something changed.

    ``customer``: about whom it was asked; when somebody else has come to pay meanwhile, it says nothing.
    """
    with tenancy.shared():
        row = _locked(tenant, at=at)
        is_theirs = customer is None or (row.payer == Payer.STRIPE and row.customer_id == customer)
        if not is_theirs or _is_overtaken(row, answer):
            return _resettled(row, at=at, cause=cause)
        return _applied(row, answer, at=at, cause=cause)


@tenancy.atomic
def settle(*, tenant: str, at: datetime, cause: str = CAUSE_CLOCK) -> bool:
    """What follows from the last answer now that it is ``at``. True when something changed."""
    with tenancy.shared():
        return _resettled(_locked(tenant, at=at), at=at, cause=cause)


@tenancy.atomic
def agree(*, tenant: str, plan: str, payer: Payer, at: datetime, cause: str) -> Subscription:
    """A plan by agreement, or through another payer than Stripe, paid until somebody says otherwise.

    Raises UnknownPlan.
    """
    agreed = plans.found(plan)
    with tenancy.shared():
        row = _locked(tenant, at=at)
        row.payer = payer
        row.remote = Remote(id="", status="active", plan=agreed.code, started_at=at).to_json()
        return _settled(row, at=at, cause=cause)


def due(*, at: datetime) -> list[str]:
    """Schemas of tenants whose state changes by time alone, and of those without a subscription yet."""
    with tenancy.shared():
        ours = Tenant.objects.filter(state=TenantState.ACTIVE)
        rows = ours.filter(Q(subscription=None) | Q(subscription__until__lte=at))
        return list(rows.order_by("schema_name").values_list("schema_name", flat=True))


def subscribed() -> list[str]:
    """Schemas of all tenants that have a subscription, for the nightly look."""
    with tenancy.shared():
        rows = Subscription.objects.order_by("tenant__schema_name")
        return list(rows.values_list("tenant__schema_name", flat=True))


def contacts_used(*, tenant: str) -> int:
    """How many contacts count, as ``plans.counts_as_contact`` says it."""
    with tenancy.opened(tenant):
        return CustomerMetrics.objects.filter(is_listed=True).count()


def bills(*, tenant: str, most: int = 24) -> list[Invoice]:
    """The newest bills of the tenant with this schema name; drafts are nobody's yet."""
    with tenancy.shared():
        rows = Invoice.objects.filter(tenant__schema_name=tenant).exclude(status="draft")
        return list(rows.order_by("-issued_at")[:most])


def _asked(row: Subscription, customer: str, *, at: datetime, cause: str) -> tuple[bool, Answer]:
    answer = gateways.gateway().fetched(customer=customer)
    tenant = row.tenant.schema_name
    return apply(tenant=tenant, answer=answer, customer=customer, at=at, cause=cause), answer


def _locked(tenant: str, *, at: datetime) -> Subscription:
    tenancy.lock("billing", tenant)
    row = Subscription.objects.select_related("tenant").filter(tenant__schema_name=tenant).first()
    return row or start_trial(tenant=tenant, at=at)


def _is_overtaken(row: Subscription, answer: Answer) -> bool:
    return row.answered_at is not None and answer.answered_at < row.answered_at


def _applied(row: Subscription, answer: Answer, *, at: datetime, cause: str) -> bool:
    before = (row.state, row.plan, row.is_over_limit)
    row.remote = answer.remote.to_json() if answer.remote else None
    row.remote_id = answer.remote.id if answer.remote else ""
    row.answered_at = answer.answered_at
    _settled(row, at=at, cause=cause)
    has_news = _took_bills(row.tenant, answer.bills)
    return has_news or before != (row.state, row.plan, row.is_over_limit)


def _resettled(row: Subscription, *, at: datetime, cause: str) -> bool:
    before = (row.state, row.plan, row.is_over_limit)
    _settled(row, at=at, cause=cause)
    return before != (row.state, row.plan, row.is_over_limit)


def _settled(row: Subscription, *, at: datetime, cause: str) -> Subscription:
    remote = Remote.from_json(row.remote) if row.remote else None
    standing = states.standing(remote, trial_ends_at=row.trial_ends_at, now=at)
    schema = row.tenant.schema_name
    limit = plans.holds(standing.plan).get("contacts", 0)
    before = {"state": row.state, "plan": row.plan}
    after = {"state": str(standing.state), "plan": standing.plan}
    row.state, row.plan, row.until = standing.state, standing.plan, standing.until
    row.is_over_limit = limit is not None and contacts_used(tenant=schema) > limit
    if before != after:
        row.changed_at = at
    row.save()
    amounts = plans.granted(plan=row.plan, access=standing.access, is_over_limit=row.is_over_limit)
    if entitlements.grant(tenant=row.tenant, amounts=amounts, access=standing.access, at=at):
        tenancy.after_commit(keys.forget)
    if before != after:
        _noted(row, before, after, at=at, cause=cause)
    return row


def _noted(
    row: Subscription, before: dict[str, str], after: dict[str, str], *, at: datetime, cause: str
) -> None:
    schema = row.tenant.schema_name
    BillingLedger.objects.bulk_create(
        BillingLedger(
            tenant=schema,
            happened_at=at,
            what=what,
            before=before[what],
            after=after[what],
            cause=cause[:MAX_CAUSE],
        )
        for what in before
        if before[what] != after[what]
    )
    with tenancy.opened(schema):
        facts.record("subscription.changed", subject_id=row.pk, at=at, before=before, after=after)


def _took_bills(tenant: Tenant, bills: tuple[Bill, ...]) -> bool:
    known = dict(Invoice.objects.filter(tenant=tenant).values_list("remote_id", "status"))
    for bill in bills:
        words = {
            "tenant": tenant,
            "number": bill.number,
            "amount": bill.amount,
            "currency": bill.currency,
            "status": bill.status,
            "issued_at": bill.issued_at,
            "page_url": bill.page_url,
        }
        Invoice.objects.update_or_create(remote_id=bill.id, defaults=words)
    return any(known.get(bill.id) != bill.status for bill in bills)
