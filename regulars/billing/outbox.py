"""Asking the payer's side for something: a row first, then the call under its key, then what came of it.

A process that dies in between leaves a row whose outcome is unknown; asking again under the same key has
one effect, so nobody becomes two customers.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from regulars.billing.models import CommandState, OutboxCommand
from regulars.platform import errors, ids, tenancy
from regulars.tenants.models import Tenant

T = TypeVar("T")
FIRST_UNKNOWN = 500  # HTTP status: from here on the outcome is open


def perform(
    *,
    tenant: Tenant,
    kind: str,
    key: str,
    call: Callable[[str], T],
    result_id: Callable[[T], str],
    at: datetime,
    kept: Callable[[T], None] | None = None,
) -> T:
    """What ``call`` answers under ``key``; what it refuses is noted and raised again.

    ``kept`` writes down what came of it, once a key, in one transaction with the outcome. Not for use in a
    transaction: nothing of ours is held while the payer's side thinks.
    """
    command = _asked(tenant=tenant, kind=kind, key=key, at=at)
    try:
        answer = call(key)
    except errors.Refused as refused:
        is_known = refused.status < FIRST_UNKNOWN
        state = CommandState.REFUSED if is_known else CommandState.ASKED
        _noted(command, state=state, error=f"{refused.code}: {refused}")
        raise
    _finished(command, answer, result_id=result_id(answer), kept=kept, at=at)
    return answer


@tenancy.atomic
def claimed(*, tenant: Tenant, kind: str, parameters: Mapping[str, Any], at: datetime) -> OutboxCommand:
    """The command of this kind with an open outcome, to be asked again word for word; else a new one.

    A key may only come again with what it came with first, so the words are kept with it. To be followed by
    ``perform`` under its key.
    """
    with tenancy.shared():
        tenancy.lock("outbox", tenant.schema_name, kind)
        open_ones = OutboxCommand.objects.filter(tenant=tenant, kind=kind, state=CommandState.ASKED)
        return open_ones.first() or OutboxCommand.objects.create(
            tenant=tenant, kind=kind, key=f"{kind}-{ids.new()}", parameters=dict(parameters), asked_at=at
        )


def unfinished(*, tenant: Tenant, kind: str) -> list[str]:
    """Keys of what was asked for this tenant, with an outcome that is not known."""
    with tenancy.shared():
        rows = OutboxCommand.objects.filter(tenant=tenant, kind=kind, state=CommandState.ASKED)
        return list(rows.order_by("asked_at", "pk").values_list("key", flat=True))


def tenant_of_result(result_id: str) -> str | None:
    """The schema of the tenant for whom this object of the payer's side was asked for."""
    if not result_id:
        return None
    rows = OutboxCommand.objects.filter(result_id=result_id)
    return rows.values_list("tenant__schema_name", flat=True).first()


@tenancy.atomic
def _asked(*, tenant: Tenant, kind: str, key: str, at: datetime) -> OutboxCommand:
    with tenancy.shared():
        command, _made = OutboxCommand.objects.get_or_create(
            key=key, defaults={"tenant": tenant, "kind": kind, "asked_at": at}
        )
        command.attempts += 1
        command.save(update_fields=["attempts"])
    return command


@tenancy.atomic
def _finished(
    command: OutboxCommand, answer: T, *, result_id: str, kept: Callable[[T], None] | None, at: datetime
) -> None:
    with tenancy.shared():
        is_first = _noted(command, state=CommandState.DONE, result_id=result_id, done_at=at, parameters=None)
        if is_first and kept is not None:
            kept(answer)


@tenancy.atomic
def _noted(command: OutboxCommand, **changes: object) -> bool:
    """False: another process knows the outcome already."""
    with tenancy.shared():
        rows = OutboxCommand.objects.filter(pk=command.pk).exclude(state=CommandState.DONE)
        return rows.update(**{"error": "", **changes}) == 1
