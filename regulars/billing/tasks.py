"""The workers' side of billing."""

from uuid import UUID

from django.utils import timezone

from regulars.billing import clock, subscriptions
from regulars.platform import inbox, tenancy
from regulars.platform.tasks import public_task, task


@task
def apply_delivery(*, delivery_id: str, **_newer: object) -> None:
    """Answers each event of Stripe: asks what is true now, and applies that."""
    at = timezone.now()
    with tenancy.atomic():
        found = inbox.opened(UUID(delivery_id))
        if found is None:
            return
    delivery, _body = found
    # Stripe is asked with no transaction open. A worker that dies here leaves the event due: asking again
    # does no harm, so what came of it need not be kept in one transaction with "done".
    is_changed = subscriptions.refresh(
        tenant=delivery.tenant, at=at, cause=f"{delivery.topic} {delivery.delivery_id}"
    )
    with tenancy.atomic():
        inbox.finish(delivery, outcome="changed" if is_changed else "nothing new", at=at)


@public_task
def tick(**_newer: object) -> None:
    """Ends trials and days of grace that are over; starts the trial of who has none yet."""
    clock.tick(at=timezone.now())


@public_task
def reconcile(**_newer: object) -> None:
    """The nightly look at every subscription."""
    clock.reconcile(at=timezone.now())
