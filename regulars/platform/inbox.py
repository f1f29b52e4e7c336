"""Signed deliveries from outside: stored raw in one INSERT, dealt with later, never lost, never doubled.

Written once for shops, Stripe and mail providers. The door verifies the signature and calls ``store``;
``reactions.py`` names the task that answers each kind.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import Count, Q
from django.utils.module_loading import import_string

from regulars.platform import ids, quarantine, secrets, tenancy, wakes
from regulars.platform.models import Delivery
from regulars.platform.tasks import Task

log = structlog.get_logger(__name__)

ANSWER = "platform.work_inbox"  # a task's name, because the task stands above this module
PURPOSE = "delivery"
MAX_ATTEMPTS = 5
RETRY_AFTER = timedelta(seconds=30)  # doubles with each attempt
LEASE = timedelta(minutes=2)  # a worker that holds a delivery longer is taken for dead
OVERDUE_AFTER = timedelta(seconds=60)
BUCKET_SECONDS = 3600
KEEP_DONE = timedelta(days=7)
KEEP_DEAD = timedelta(days=30)
AT_A_TIME = 50

STORE = """
INSERT INTO deliveries (id, tenant, kind, endpoint_id, connection_id, topic, delivery_id, headers, body,
                        sha256, bucket, received_at, due_at, attempts, error, outcome)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0, '', '')
ON CONFLICT DO NOTHING
"""


class Hopeless(Exception):
    """Trying again cannot help: the delivery is a dead letter at once, with this reason."""


def store(
    *,
    tenant: str,
    kind: str,
    endpoint_id: UUID,
    connection_id: UUID | None,
    topic: str,
    delivery_id: str,
    headers: Mapping[str, str],
    body: bytes,
    at: datetime,
) -> bool:
    """Keep a verified delivery and wake a worker. False: an equal one of this hour is already here.

    One statement in the public schema; the body is sealed with the tenant's data key. Raises
    ``tenancy.Unavailable`` when the database does not answer.
    """
    moment = int(at.timestamp()) // BUCKET_SECONDS
    sealed = secrets.seal(body, tenant=tenant, purpose=PURPOSE)
    digest = hashlib.sha256(body).hexdigest()
    values = [ids.new(), tenant, kind, endpoint_id, connection_id, topic[:80], delivery_id[:120]]
    values += [json.dumps(dict(headers)), sealed, digest, moment, at, at]
    is_new = tenancy.execute(STORE, values) == 1
    wakes.call(ANSWER, tenant=tenant)
    return is_new


def work(*, tenant: str, at: datetime, most: int = AT_A_TIME) -> int:
    """Have a tenant's due deliveries answered, side by side with other workers.

    Returns how many were dealt with, well or badly: fewer than ``most`` when none is left, or when the
    tenant is in quarantine.
    """
    if quarantine.holds(tenant):
        return 0
    answers: Mapping[str, Task] = import_string(settings.INBOX_ANSWERS)
    dealt_with = 0
    while dealt_with < most and (delivery := _claimed(tenant=tenant, at=at)) is not None:
        try:
            answers[delivery.kind](tenant=tenant, delivery_id=str(delivery.pk))
        except Hopeless as problem:
            _bury(delivery, error=str(problem), at=at)
        except Exception as problem:
            _give_back(delivery, error=repr(problem), at=at)
        dealt_with += 1
    return dealt_with


def opened(delivery_id: UUID) -> tuple[Delivery, bytes] | None:
    """A delivery and its raw body, locked to the transaction's end; None once it is done or dead.

    To be called in the answering task's transaction.
    """
    tenancy.require_atomic()
    with tenancy.shared():
        row = Delivery.objects.select_for_update().filter(pk=delivery_id, done_at=None, dead_at=None).first()
    if row is None:
        return None
    return row, secrets.unseal(bytes(row.body), tenant=row.tenant, purpose=PURPOSE)


def finish(delivery: Delivery, *, outcome: str, at: datetime) -> None:
    """Dealt with: in the same transaction as what it caused, so both stand or neither does."""
    tenancy.require_atomic()
    with tenancy.shared():
        Delivery.objects.filter(pk=delivery.pk).update(
            done_at=at, outcome=outcome[:60], error="", locked_until=None
        )


def replay(*, tenant: str, at: datetime, connection_id: UUID | None = None) -> int:
    """Try a tenant's dead letters again; returns how many."""
    dead = Delivery.objects.filter(tenant=tenant).exclude(dead_at=None)
    if connection_id is not None:
        dead = dead.filter(connection_id=connection_id)
    count = dead.update(dead_at=None, attempts=0, due_at=at, locked_until=None)
    if count:
        wakes.call(ANSWER, tenant=tenant)
    return count


def waiting(*, tenant: str) -> dict[str, int]:
    """How many of a tenant's deliveries are still to be dealt with, and how many were given up on."""
    with tenancy.shared():
        rows = Delivery.objects.filter(tenant=tenant, done_at=None)
        return {"due": rows.filter(dead_at=None).count(), "dead": rows.exclude(dead_at=None).count()}


def waiting_by_connection(*, tenant: str) -> dict[UUID, tuple[int, int]]:
    """Connection -> how many of its deliveries are still to be dealt with, and how many were given up on."""
    with tenancy.shared():
        rows = Delivery.objects.filter(tenant=tenant, done_at=None).exclude(connection_id=None)
        counted = rows.values_list("connection_id").annotate(all=Count("pk"), dead=Count("dead_at"))
        return {connection: (both - dead, dead) for connection, both, dead in counted}


def dead_letters(*, tenant: str, connection_id: UUID | None = None, most: int = 50) -> list[Delivery]:
    """The newest dead letters, without their bodies; of one connection when it is named."""
    with tenancy.shared():
        rows = Delivery.objects.filter(tenant=tenant).exclude(dead_at=None).defer("body")
        if connection_id is not None:
            rows = rows.filter(connection_id=connection_id)
        return list(rows.order_by("-dead_at")[:most])


def sweep(*, at: datetime) -> int:
    """Wake every tenant with a delivery that nobody dealt with in time; returns how many tenants."""
    free = Q(locked_until=None) | Q(locked_until__lt=at)
    overdue = Delivery.objects.filter(free, done_at=None, dead_at=None, due_at__lte=at - OVERDUE_AFTER)
    tenants = list(overdue.order_by("tenant").values_list("tenant", flat=True).distinct())
    for tenant in tenants:
        wakes.call(ANSWER, tenant=tenant)
    return len(tenants)


def expire(*, at: datetime) -> int:
    """Remove deliveries that were dealt with 7 days ago or given up on 30 days ago."""
    old = Q(done_at__lt=at - KEEP_DONE) | Q(dead_at__lt=at - KEEP_DEAD)
    return Delivery.objects.filter(old).delete()[0]


def _claimed(*, tenant: str, at: datetime) -> Delivery | None:
    free = Q(locked_until=None) | Q(locked_until__lt=at)
    with tenancy.atomic():
        due = Delivery.objects.filter(free, tenant=tenant, done_at=None, dead_at=None, due_at__lte=at)
        row = due.select_for_update(skip_locked=True).defer("body").order_by("due_at", "pk").first()
        if row is None:
            return None
        # Counted before the work: a delivery that kills its worker becomes a dead letter, too.
        row.attempts += 1
        changes: dict[str, Any] = {"attempts": row.attempts, "locked_until": at + LEASE}
        is_exhausted = row.attempts > MAX_ATTEMPTS
        if is_exhausted:
            changes = {
                "dead_at": at,
                "error": row.error or "It ended its worker each time.",
                "locked_until": None,
            }
        Delivery.objects.filter(pk=row.pk).update(**changes)
    if is_exhausted:
        log.error("delivery_is_dead", delivery=str(row.pk), error=changes["error"])
        return _claimed(tenant=tenant, at=at)
    return row


def _give_back(delivery: Delivery, *, error: str, at: datetime) -> None:
    if delivery.attempts >= MAX_ATTEMPTS:
        _bury(delivery, error=error, at=at)
        return
    wait = RETRY_AFTER * 2 ** (delivery.attempts - 1)
    Delivery.objects.filter(pk=delivery.pk).update(due_at=at + wait, locked_until=None, error=error)
    log.warning("delivery_failed", delivery=str(delivery.pk), attempts=delivery.attempts, error=error)


def _bury(delivery: Delivery, *, error: str, at: datetime) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(dead_at=at, error=error, locked_until=None)
    log.error("delivery_is_dead", delivery=str(delivery.pk), error=error)
