"""The workers' side of the shops."""

from uuid import UUID

from django.utils import timezone, translation

from regulars.integrations.shop import backfill, sync
from regulars.integrations.shop import reconcile as reconciling
from regulars.platform.tasks import task
from regulars.tenants import workspaces


@task
def apply_delivery(*, delivery_id: str, **_newer: object) -> None:
    """Answers each delivery of a shop."""
    sync.apply_delivery(delivery_id=UUID(delivery_id), at=timezone.now())


@task
def read_page(*, subject_id: str, **_newer: object) -> None:
    """Follows ``shop.reading``, which it records again while there is more."""
    with translation.override(workspaces.language()):  # a shop's refusal is kept for the owner to read
        backfill.read_page(connection_id=UUID(subject_id), at=timezone.now())


@task
def reconcile(*, subject_id: str, **_newer: object) -> None:
    """Follows ``shop.gap_seen``."""
    reconciling.reconcile(connection_id=UUID(subject_id), at=timezone.now())
