"""A subscriber's own copy of everything: tables as CSV and as JSON lines, with a manifest to check them by.

It holds no secret that would open anything: what is left out is named. ``dumping`` makes the operator's copy.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from regulars.platform import archives, sealed, secrets, tenancy
from regulars.platform.sheets import cells
from regulars.tenants import contents
from regulars.tenants.contents import Table
from regulars.tenants.models import ApiKey, Domain, Entitlement, Membership, Tenant

FORMAT = "regulars-export"
FORMAT_VERSION = 1
PURPOSE = "export"
# What lies in the shared tables and is worth nothing to a reader, or would open a door.
LEFT_OUT = (
    {"what": "members: passwords and sessions", "why": "secret"},
    {"what": "api_keys: the keys themselves, kept as hashes only", "why": "secret"},
    {"what": "hook endpoints: their keys and signing secrets", "why": "secret"},
    {"what": "deliveries of shops that are not dealt with yet", "why": "raw, and applied within minutes"},
)


@dataclass(kw_only=True)
class Exported:
    """What came of it: where, how many rows of each table, how large."""

    path: Path
    rows: dict[str, int] = field(default_factory=dict)
    size_bytes: int = 0


def export(*, tenant: Tenant, folder: Path, at: datetime) -> Exported:
    """Write ``regulars-<slug>-<time>.zip`` into a folder, which is made when missing; readable by us alone.

    All tables as they were at one moment. Interrupted, it leaves no zip.
    """
    path = folder / f"regulars-{tenant.slug}-{at:%Y%m%dT%H%M%SZ}.zip"
    with archives.whole(path) as file, archives.Archive(file, at=at) as archive:
        rows = _write(archive, tenant=tenant, at=at)
    return Exported(path=path, rows=rows, size_bytes=path.stat().st_size)


def export_sealed(*, tenant: Tenant, path: Path, at: datetime) -> Exported:
    """The same at a place of the house's own, sealed with the tenant's data key; ``read_sealed`` opens it."""
    with archives.whole(path) as file:
        sink = sealed.Writer(file, ring=secrets.ring(tenant.schema_name), purpose=PURPOSE)
        with archives.Archive(sink, at=at) as archive:
            rows = _write(archive, tenant=tenant, at=at)
        sink.close()
    return Exported(path=path, rows=rows, size_bytes=path.stat().st_size)


def read_sealed(*, tenant: str, path: Path) -> Iterator[bytes]:
    """The zip that ``export_sealed`` made, block by block."""
    with path.open("rb") as file:
        yield from sealed.opened(file, ring=secrets.ring(tenant), purpose=PURPOSE)


def _write(archive: archives.Archive, *, tenant: Tenant, at: datetime) -> dict[str, int]:
    rows: dict[str, int] = {}
    left_out: list[dict[str, str]] = list(LEFT_OUT)
    with tenancy.opened(tenant.schema_name), tenancy.frozen():
        known = {table.name: table for table in contents.tables(tenant.schema_name)}
        for model in contents.models():
            table = known.get(model._meta.db_table)
            if table is None:  # its schema is behind this release
                continue
            secret = contents.sealed_columns(model)
            left_out += [{"what": f"{table.name}.{name}", "why": "secret"} for name in secret]
            columns = tuple(name for name in table.columns if name not in secret)
            rows[table.name] = _write_table(archive, table, columns=columns, schema=tenant.schema_name)
        with tenancy.shared():
            shared = _shared(tenant)
    for name, lines in shared.items():
        _write_lines(archive, f"workspace/{name}.jsonl", lines)
    archive.finish(
        {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "schema_fingerprint": tenant.schema_version,
            "workspace": {"name": tenant.name, "address": tenant.slug, "currency": tenant.currency},
            "made_at": at.isoformat(),
            "left_out": left_out,
        }
    )
    return rows


def _write_table(archive: archives.Archive, table: Table, *, columns: tuple[str, ...], schema: str) -> int:
    count = 0
    with archive.entry(f"jsonl/{table.name}.jsonl") as file:
        for (line,) in tenancy.copied_rows(table.lines_out(schema, columns=columns)):
            file.write(line.encode() + b"\n")
            count += 1
        file.rows = count
    with archive.entry(f"csv/{table.name}.csv") as file:
        writer = csv.writer(_Text(file))
        file.write(cells.MARK.encode())
        writer.writerow(columns)
        for (line,) in tenancy.copied_rows(table.lines_out(schema, columns=columns)):
            row = json.loads(line, parse_float=str, parse_int=str)
            writer.writerow([_cell(row[name]) for name in columns])
        file.rows = count
    return count


def _write_lines(archive: archives.Archive, name: str, lines: list[dict[str, Any]]) -> None:
    with archive.entry(name) as file:
        for line in lines:
            file.write(json.dumps(line, ensure_ascii=False, default=str).encode() + b"\n")
        file.rows = len(lines)


def _shared(tenant: Tenant) -> dict[str, Any]:
    """A subscriber's rows of the shared tables, as far as they are theirs to read."""
    members = Membership.objects.filter(tenant=tenant).order_by("joined_at", "pk")
    keys = ApiKey.objects.filter(tenant=tenant).order_by("made_at", "pk")
    return {
        "members": list(members.values("person__email", "person__name", "role", "joined_at")),
        "api_keys": list(keys.values("name", "prefix", "scopes", "made_at", "expires_at", "revoked_at")),
        "domains": list(Domain.objects.filter(tenant=tenant).order_by("pk").values("domain", "is_primary")),
        "entitlements": list(
            Entitlement.objects.filter(tenant=tenant).order_by("feature").values("feature", "amount")
        ),
    }


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return cells.harmless(json.dumps(value, ensure_ascii=False))
    return cells.harmless(value)


class _Text:
    """What ``csv`` writes, as UTF-8."""

    def __init__(self, file: archives.Entry) -> None:
        self._file = file

    def write(self, text: str) -> int:
        self._file.write(text.encode())
        return len(text)
