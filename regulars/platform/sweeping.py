"""The worker's side of the inbox, and the looks over all tenants that the schedule asks for."""

from django.utils import timezone

from regulars.platform import bells, inbox
from regulars.platform.tasks import public_task


@public_task
def work_inbox(*, tenant: str, **_newer: object) -> None:
    """Deal with a tenant's deliveries until none is due."""
    while inbox.work(tenant=tenant, at=timezone.now()) == inbox.AT_A_TIME:
        continue


@public_task
def sweep(**_newer: object) -> None:
    """Find what a lost broker forgot: overdue bells and deliveries."""
    now = timezone.now()
    bells.sweep(at=now)
    inbox.sweep(at=now)


@public_task
def expire(**_newer: object) -> None:
    inbox.expire(at=timezone.now())
