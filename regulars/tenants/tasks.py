"""Provisioning, on the queue that only the owner's worker reads."""

from django.utils import timezone

from regulars.platform.tasks import public_task
from regulars.tenants import provisioning


@public_task
def make_spares(**_newer: object) -> None:
    provisioning.keep_spares(at=timezone.now())
