"""Leading the owner to the payer's own pages: Checkout to subscribe, the Portal for everything after."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from regulars.billing import gateways, outbox, plans, subscriptions
from regulars.billing.gateway import Purchase
from regulars.billing.models import OutboxCommand, Payer, Subscription
from regulars.billing.states import GROUNDS, NEW_WORD, Ground
from regulars.platform import errors, ids, tenancy

# Checkout takes a trial's end only when it is this far away.
LEAST_TRIAL_LEFT = timedelta(hours=48)
CAUSE = "checkout"  # in the ledger, for what was found out on the way to a page
# For a day the payer's side knows what a key did; longer ago it is asked by the tenant's name.
KEY_IS_KNOWN = timedelta(hours=20)
STANDING_GROUNDS = frozenset({Ground.TRIED, Ground.PAID, Ground.OWED, Ground.OWED_LONG})


class AlreadySubscribed(errors.Refused):
    """There is a subscription: a second one would be paid twice."""

    code = "already_subscribed"


class NothingToManage(errors.Refused):
    code = "nothing_to_manage"


class NotSold(errors.Invalid):
    code = "plan_not_sold"


class PaidOtherwise(errors.Refused):
    """Somebody else collects the money: a store, or we by agreement."""

    code = "paid_otherwise"


def checkout(*, tenant: str, plan: str, email: str, return_url: str, at: datetime) -> str:
    """The address of a page where ``plan`` is paid for; afterwards it leads to ``return_url``.

    What is left of the trial stays free when it is two days or more. Pages that were opened before can no
    longer be paid on; whoever has just paid on one is told so. Raises UnknownPlan, NotSold,
    AlreadySubscribed, PaidOtherwise, PaymentsNotSetUp, PaymentsAway, UnknownPrice.
    """
    wanted = plans.found(plan)
    if not wanted.is_sold:
        raise NotSold(_("This plan costs nothing: there is nothing to pay for."))
    with tenancy.shared():
        row = subscriptions.found(tenant=tenant, at=at)
        _refuse_standing(row)
        if row.customer_id:
            _close_earlier_pages(row, customer=row.customer_id, at=at)
            subscriptions.refresh(tenant=tenant, at=at, cause=CAUSE)
            row = subscriptions.found(tenant=tenant, at=at)
            _refuse_standing(row)
        customer = _customer(row, email=email, at=at)
        purchase = Purchase(
            customer=customer,
            lookup_key=wanted.lookup_key(row.tenant.currency),
            reference=str(row.tenant_id),
            success_url=f"{return_url}?from=checkout",
            cancel_url=return_url,
            trial_ends_at=row.trial_ends_at if row.trial_ends_at > at + LEAST_TRIAL_LEFT else None,
        )
        page = outbox.perform(
            tenant=row.tenant,
            kind="checkout",
            key=f"checkout-{ids.new()}",
            call=lambda key: gateways.gateway().start_checkout(key=key, purchase=purchase),
            result_id=lambda page: page.id,
            at=at,
        )
    return page.url


def portal(*, tenant: str, return_url: str, at: datetime) -> str:
    """The address of the page where card, plan and end of the subscription are managed.

    Raises NothingToManage, PaymentsNotSetUp, PaymentsAway.
    """
    with tenancy.shared():
        row = subscriptions.found(tenant=tenant, at=at)
        customer = row.customer_id
        if customer is None:
            raise NothingToManage(_("There is no subscription yet: choose a plan first."))
        page = outbox.perform(
            tenant=row.tenant,
            kind="portal",
            key=f"portal-{ids.new()}",
            call=lambda key: gateways.gateway().open_portal(
                key=key, customer=customer, return_url=f"{return_url}?from=portal"
            ),
            result_id=lambda page: page.id,
            at=at,
        )
    return page.url


def is_standing(row: Subscription) -> bool:
    """Is there a subscription that a second one would double?"""
    if not row.remote:
        return False
    return GROUNDS.get(row.remote["status"], NEW_WORD) in STANDING_GROUNDS


def _refuse_standing(row: Subscription) -> None:
    if not is_standing(row):
        return
    if row.payer != Payer.STRIPE:
        raise PaidOtherwise(_("This plan is not paid by card. Write to us to change it."))
    raise AlreadySubscribed(_("There is a subscription already. Change its plan instead."))


def _close_earlier_pages(row: Subscription, *, customer: str, at: datetime) -> None:
    """Of several Checkout pages only the newest may take money, or two of them would."""
    for page_id in gateways.gateway().open_checkouts(customer=customer):
        _close(row, page_id=page_id, at=at)


def _close(row: Subscription, *, page_id: str, at: datetime) -> None:
    outbox.perform(
        tenant=row.tenant,
        kind="expire",
        key=f"expire-{page_id}",
        call=lambda key: gateways.gateway().expire_checkout(key=key, page_id=page_id),
        result_id=lambda _was_open: page_id,
        at=at,
    )


def _customer(row: Subscription, *, email: str, at: datetime) -> str:
    if row.customer_id:
        return row.customer_id
    words = {"name": row.tenant.name, "email": email, "tenant": row.tenant.schema_name}
    command = outbox.claimed(tenant=row.tenant, kind="customer", parameters=words, at=at)
    return outbox.perform(
        tenant=row.tenant,
        kind=command.kind,
        key=command.key,
        call=lambda _key: _made(command, at=at),
        result_id=str,
        kept=lambda made: _known(row, customer=made),
        at=at,
    )


def _made(command: OutboxCommand, *, at: datetime) -> str:
    """One customer, whatever became of an earlier answer and of the owner's address since."""
    payments, words = gateways.gateway(), command.parameters or {}
    if command.asked_at < at - KEY_IS_KNOWN and (found := payments.find_customer(tenant=words["tenant"])):
        return found
    return payments.make_customer(key=command.key, **words)


def _known(row: Subscription, *, customer: str) -> None:
    Subscription.objects.filter(pk=row.pk).update(customer_id=customer, payer=Payer.STRIPE)
