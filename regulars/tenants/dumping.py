"""The operator's copy of one tenant: exact, restorable elsewhere, worth nothing without a master key.

Tables in PostgreSQL's own COPY form, compressed and sealed with the tenant's data key; that key lies in the
manifest as it lies in the database, wrapped by a master key.
"""

import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from regulars.platform import archives, ids, sealed, secrets, tenancy
from regulars.platform.models import Bell
from regulars.tenants import contents
from regulars.tenants.exporting import Exported
from regulars.tenants.models import ApiKey, Endpoint, Entitlement, Membership, Tenant

FORMAT = "regulars-dump"
FORMAT_VERSION = 1
PURPOSE = "dump"
SHARED = "shared.json"
COMPRESSION = 6
# Seen by the owner's login alone; without it a restored counter goes on behind the largest number in use.
SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = %s ORDER BY sequencename"


def dump(*, tenant: Tenant, folder: Path, at: datetime) -> Exported:
    """Write ``regulars-<slug>-<time>.dump`` into a folder, which is made when missing; readable by us alone.

    All tables as they were at one moment. Interrupted, it leaves no dump.
    """
    path = folder / f"regulars-{tenant.slug}-{at:%Y%m%dT%H%M%SZ}.dump"
    with archives.whole(path) as file, archives.Archive(file, at=at) as archive:
        rows = _write(archive, tenant=tenant, at=at)
    return Exported(path=path, rows=rows, size_bytes=path.stat().st_size)


def _write(archive: archives.Archive, *, tenant: Tenant, at: datetime) -> dict[str, int]:
    schema, dump_id = tenant.schema_name, str(ids.new())
    ring = secrets.ring(schema)
    with tenancy.opened(schema), tenancy.frozen():
        tables = contents.tables(schema)
        for table in tables:
            with _sealed_entry(archive, table.name, ring=ring, dump_id=dump_id) as entry:
                entry.rows = 0
                for block in tenancy.copied_out(table.rows_out(schema)):
                    entry.write(block)
                    entry.rows += block.count(b"\n")
        sequences = dict(tenancy.rows(SEQUENCES, [schema]))
        with tenancy.shared():
            shared = _shared(tenant)
        keys = secrets.wrapped_keys(tenant=schema)
    with _sealed_entry(archive, SHARED, ring=ring, dump_id=dump_id) as entry:
        entry.write(json.dumps(shared, default=_plain).encode())
    rows = {table.name: int(archive.files[table.name]["rows"]) for table in tables}
    archive.finish(
        {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "schema_fingerprint": tenant.schema_version,
            "dump": dump_id,
            "schema": schema,
            "made_at": at.isoformat(),
            "columns": {table.name: table.columns for table in tables},
            "sequences": sequences,
            "keys": keys,
        }
    )
    return rows


@contextmanager
def _sealed_entry(
    archive: archives.Archive, name: str, *, ring: secrets.Ring, dump_id: str
) -> Iterator[archives.Entry]:
    """Compressed, then sealed; counted and hashed before both."""
    with archive.stored(name) as file:
        sink = sealed.Writer(file, ring=ring, purpose=place(dump_id, name))
        compressed = _Compressed(sink)
        entry = archives.Entry(compressed)
        yield entry
        compressed.close()
        sink.close()
    archive.files[name] = entry.facts()


class _Compressed:
    """Compresses what is written on to ``sink``."""

    def __init__(self, sink: archives.Sink) -> None:
        self._sink, self._stream = sink, zlib.compressobj(COMPRESSION)

    def write(self, block: bytes) -> None:
        if smaller := self._stream.compress(block):
            self._sink.write(smaller)

    def close(self) -> None:
        self._sink.write(self._stream.flush())


def place(dump_id: str, name: str) -> str:
    """What an entry's pieces are bound to: they open in no other dump, and under no other name."""
    return f"{PURPOSE} {dump_id} {name}"


def unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The blocks that were written to an entry. Raises ``sealed.Damaged`` when they do not fit together."""
    stream = zlib.decompressobj()
    for piece in pieces:
        if block := stream.decompress(piece):
            yield block
    if rest := stream.flush():
        yield rest
    if not stream.eof:
        raise sealed.Damaged("An entry of the dump ends before its end.")


def _shared(tenant: Tenant) -> dict[str, Any]:
    """What a tenant has in the shared tables, as far as a restored one needs it."""
    people = [row.person for row in Membership.objects.filter(tenant=tenant).select_related("person")]
    fields = ("id", "email", "name", "password", "language", "time_zone", "is_active", "joined_at")
    return {
        "tenant": {
            "name": tenant.name,
            "currency": tenant.currency,
            "time_zone": tenant.time_zone,
            "language": tenant.language,
            "subscribed_at": tenant.subscribed_at,
        },
        "people": [{name: getattr(person, name) for name in fields} for person in people],
        "memberships": _values(Membership, tenant, "person_id", "role", "joined_at"),
        "entitlements": _values(Entitlement, tenant, "feature", "amount", "granted_at"),
        "endpoints": _values(
            Endpoint, tenant, "id", "key", "connection_id", "kind", "sealed_secrets", "closed_at", "made_at"
        ),
        "api_keys": _values(
            ApiKey,
            tenant,
            *("id", "prefix", "secret_hash", "name", "scopes", "made_at"),
            *("expires_at", "last_used_at", "revoked_at"),
        ),
        "bells": list(Bell.objects.filter(tenant=tenant.schema_name).values_list("due_at", flat=True)),
    }


def _values(model: Any, tenant: Tenant, *names: str) -> list[dict[str, Any]]:
    return list(model.objects.filter(tenant=tenant).order_by("pk").values(*names))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return str(value)
