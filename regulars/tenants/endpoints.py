"""The doors for shops: from the key in a hook's URL to tenant, connection and secrets."""

import json
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from regulars.platform import errors, ids, secrets, tenancy
from regulars.tenants.models import Endpoint, Tenant

PURPOSE = "endpoint secrets"
KEY_BYTES = 18
REMEMBERED_SECONDS = 15.0  # how long a changed secret or a closed door may still be unknown to a process
MAX_REMEMBERED = 20_000


class UnknownEndpoint(errors.NotFound):
    code = "unknown_endpoint"


@dataclass(frozen=True)
class Door:
    """An open endpoint as the webhook view needs it. ``secrets``: every one that may have signed."""

    id: UUID
    tenant: str
    connection_id: UUID
    kind: str
    secrets: tuple[str, ...]


_remembered: dict[str, tuple[float, Door | None]] = {}
_lock = threading.Lock()


def open_for(*, connection_id: UUID, kind: str, signing_secrets: list[str], at: datetime) -> str:
    """Open a door for a connection of the open tenant; returns the key of its URL."""
    schema = tenancy.current()
    sealed = _seal(signing_secrets, tenant=schema)
    with tenancy.shared():
        row = Endpoint.objects.create(
            key=ids.token(bytes_count=KEY_BYTES),
            tenant=Tenant.objects.get(schema_name=schema),
            connection_id=connection_id,
            kind=kind,
            sealed_secrets=sealed,
            made_at=at,
        )
    return row.key


def change_secrets(*, connection_id: UUID, signing_secrets: list[str]) -> None:
    """What deliveries to a connection's door may be signed with from now on."""
    schema = tenancy.current()
    sealed = _seal(signing_secrets, tenant=schema)
    with tenancy.shared():
        Endpoint.objects.filter(tenant__schema_name=schema, connection_id=connection_id).update(
            sealed_secrets=sealed
        )
    forget()


def close(*, connection_id: UUID, at: datetime) -> None:
    """Whoever knocks from now on is told that there is no such door."""
    schema = tenancy.current()
    with tenancy.shared():
        rows = Endpoint.objects.filter(tenant__schema_name=schema, connection_id=connection_id)
        rows.filter(closed_at=None).update(closed_at=at)
    forget()


def url_of(*, connection_id: UUID) -> str:
    """The address to give to the shop. Raises UnknownEndpoint."""
    schema = tenancy.current()
    with tenancy.shared():
        rows = Endpoint.objects.filter(
            tenant__schema_name=schema, connection_id=connection_id, closed_at=None
        )
        key = rows.values_list("key", flat=True).first()
    if key is None:
        raise UnknownEndpoint(_("This connection has no open door."))
    return f"{settings.PUBLIC_ORIGIN}/hooks/shop/{key}/"


def door(key: str) -> Door:
    """The door with this key; remembered for a moment. Raises UnknownEndpoint."""
    now = time.monotonic()
    known = _remembered.get(key)
    if known is None or known[0] <= now:
        known = (now + REMEMBERED_SECONDS, _looked_up(key))
        with _lock:
            if len(_remembered) >= MAX_REMEMBERED:
                _remembered.clear()
            if known[1] is not None:  # guessed keys must not fill the memory
                _remembered[key] = known
    if known[1] is None:
        raise UnknownEndpoint("There is no such door.")
    return known[1]


def forget() -> None:
    """Drop what this process remembers."""
    with _lock:
        _remembered.clear()


def _looked_up(key: str) -> Door | None:
    with tenancy.shared():
        row = Endpoint.objects.select_related("tenant").filter(key=key, closed_at=None).first()
    if row is None:
        return None
    schema = row.tenant.schema_name
    words = json.loads(secrets.unseal(bytes(row.sealed_secrets), tenant=schema, purpose=PURPOSE))
    return Door(
        id=row.pk, tenant=schema, connection_id=row.connection_id, kind=row.kind, secrets=tuple(words)
    )


def _seal(words: list[str], *, tenant: str) -> bytes:
    return secrets.seal(json.dumps(words).encode(), tenant=tenant, purpose=PURPOSE)
