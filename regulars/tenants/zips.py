"""The export that an owner asks for on a page: made by a worker, sealed where it lies, fetched."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog
from django.conf import settings
from django.db import IntegrityError
from django.db.models import Q
from django.utils.translation import gettext as _

from regulars.platform import errors, tenancy, wakes
from regulars.tenants import exporting
from regulars.tenants.models import Tenant
from regulars.tenants.moving import KEEP_FILE, Export

log = structlog.get_logger(__name__)

MAKE = "tenants.make_exports"  # a task's name, because the task stands above this module
LEASE = timedelta(hours=2)  # a worker that takes longer is taken for dead
MAX_ATTEMPTS = 3
RETRY_AFTER = timedelta(minutes=5)
SHOWN = 5


class AlreadyAsked(errors.Refused):
    """One is being made."""

    code = "export_already_asked"


class NotReady(errors.NotFound):
    """There is no such export, or not yet, or not any more."""

    code = "export_not_ready"


@tenancy.atomic
def ask(*, actor_id: UUID, at: datetime) -> Export:
    """Have everything of the open tenant put into a zip. Raises AlreadyAsked."""
    schema = tenancy.current()
    with tenancy.shared():
        tenant = Tenant.objects.get(schema_name=schema)
        try:
            with tenancy.atomic():
                row = Export.objects.create(tenant=tenant, asked_by=actor_id, asked_at=at)
        except IntegrityError:
            raise AlreadyAsked(_("An export is being made already.")) from None
    tenancy.after_commit(lambda: wakes.call(MAKE, tenant=""))
    return row


def listed(*, at: datetime) -> list[Export]:
    """The open tenant's newest exports whose file is not gone."""
    schema = tenancy.current()
    with tenancy.shared():
        rows = Export.objects.filter(tenant__schema_name=schema, asked_at__gt=at - 2 * KEEP_FILE)
        return [row for row in rows.order_by("-asked_at") if row.ends_at() > at][:SHOWN]


def download(*, export_id: UUID, at: datetime) -> tuple[str, Iterator[bytes]]:
    """A finished zip of the open tenant: its file name, and its blocks. Raises NotReady."""
    schema = tenancy.current()
    with tenancy.shared():
        rows = Export.objects.filter(tenant__schema_name=schema).select_related("tenant")
        row = rows.filter(pk=export_id).exclude(ready_at=None).first()
    if row is None or row.ends_at() <= at or not (path := _path(schema, row.pk)).is_file():
        raise NotReady(_("This export is not there: it may be too old. Ask for a new one."))
    name = f"regulars-{row.tenant.slug}-{row.asked_at:%Y%m%dT%H%M%SZ}.zip"
    return name, exporting.read_sealed(tenant=schema, path=path)


def make_next(*, at: datetime) -> bool:
    """Make one export that was asked for; False when none waits. Side by side with other workers."""
    row = _claimed(at=at)
    if row is None:
        return False
    try:
        path = _path(row.tenant.schema_name, row.pk)
        made = exporting.export_sealed(tenant=row.tenant, path=path, at=row.asked_at)
    except Exception:
        log.exception("export_failed", tenant=row.tenant.schema_name, attempts=row.attempts)
        failed_at = at if row.attempts >= MAX_ATTEMPTS else None
        Export.objects.filter(pk=row.pk).update(failed_at=failed_at, locked_until=at + RETRY_AFTER)
        return True
    Export.objects.filter(pk=row.pk).update(
        ready_at=at, rows_count=sum(made.rows.values()), size_bytes=made.size_bytes, locked_until=None
    )
    return True


def expire(*, at: datetime) -> int:
    """Remove files that were kept for seven days; returns how many exports are forgotten."""
    old = Export.objects.filter(asked_at__lt=at - KEEP_FILE).select_related("tenant")
    count = 0
    for row in old:
        if row.ends_at() <= at and (row.ready_at or row.failed_at):
            _path(row.tenant.schema_name, row.pk).unlink(missing_ok=True)
            count += row.delete()[0]
    return count


@tenancy.atomic
def _claimed(*, at: datetime) -> Export | None:
    free = Q(locked_until=None) | Q(locked_until__lt=at)
    rows = Export.objects.filter(free, ready_at=None, failed_at=None).order_by("asked_at")
    row = rows.select_for_update(skip_locked=True, of=["self"]).select_related("tenant").first()
    if row is not None:
        row.attempts += 1
        row.locked_until = at + LEASE
        row.save(update_fields=["attempts", "locked_until"])
    return row


def _path(schema: str, export_id: UUID) -> Path:
    return Path(settings.EXPORTS_FOLDER) / schema / f"{export_id}.zip.sealed"
