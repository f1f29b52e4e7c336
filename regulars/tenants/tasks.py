"""The worker's side of hosting. What makes or removes schemas has the queue of the owner's worker."""

from django.utils import timezone

from regulars.platform.tasks import public_task
from regulars.tenants import deleting, provisioning, zips


@public_task
def make_spares(**_newer: object) -> None:
    provisioning.keep_spares(at=timezone.now())


@public_task
def delete_due(**_newer: object) -> None:
    """Tenants whose 14 days are over; and what an earlier look could not finish."""
    deleting.delete_due(at=timezone.now())


@public_task
def make_exports(**_newer: object) -> None:
    """The zips that owners asked for, one after the other; files that are too old go."""
    while zips.make_next(at=timezone.now()):
        continue
    zips.expire(at=timezone.now())
