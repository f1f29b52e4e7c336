"""From an operator's dump to a tenant again: a new address, a schema of its own. As the owner's login.

All in one transaction: it is there whole, with the counts and checksums of the dump, or not at all.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from django.conf import settings
from django.db import IntegrityError
from django.utils.module_loading import import_string
from psycopg import sql

from regulars.platform import archives, errors, sealed, secrets, tenancy
from regulars.tenants import contents, dumping, migrating, provisioning, returning
from regulars.tenants.contents import Table
from regulars.tenants.models import Tenant, TenantState

TRIGGERS = """
SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE NOT t.tgisinternal AND c.relnamespace = %s::regnamespace
"""
IDENTITIES = """
SELECT s.relname, t.relname, a.attname FROM pg_depend d
JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
JOIN pg_class t ON t.oid = d.refobjid
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
WHERE d.classid = 'pg_class'::regclass AND d.deptype IN ('i', 'a') AND s.relnamespace = %s::regnamespace
"""


class TenantExists(errors.Refused):
    """A restore makes a new tenant; one that lives is never written over."""

    code = "tenant_exists"


class NotADump(errors.Invalid):
    code = "not_a_dump"


class UnknownSchema(errors.Refused):
    """The dump's tables are not those of this release."""

    code = "unknown_schema"


class DumpDamaged(errors.Invalid):
    code = "dump_damaged"


class KeyMissing(errors.Refused):
    """The master key that wraps the dump's data key is not among ours."""

    code = "master_key_missing"


@dataclass(frozen=True, kw_only=True)
class Restored:
    """``doors`` and ``api_keys`` came along only where no living tenant has them."""

    tenant: Tenant
    rows: dict[str, int]
    members: int
    doors: int
    api_keys: int


def restore(*, dump: Path, slug: str, at: datetime) -> Restored:
    """A new tenant at ``slug`` with everything that a dump holds.

    Raises NotADump, UnknownSchema, DumpDamaged, KeyMissing, TenantExists and ``provisioning.InvalidSlug``;
    whatever it refuses, nothing has changed.
    """
    slug = provisioning.checked_slug(slug)
    if Tenant.objects.filter(slug=slug).exists():
        raise TenantExists(f"There is a tenant called {slug!r}: restore to another address.")
    try:
        with ZipFile(dump) as archive, tenancy.atomic():
            return _restored(archive, _manifest(archive), slug=slug, at=at)
    except (OSError, BadZipFile) as problem:
        raise NotADump(f"{dump} is not a dump: {problem}") from None
    except (sealed.Damaged, IntegrityError) as problem:
        raise DumpDamaged(f"{dump} is damaged: {str(problem).strip()}") from None
    except secrets.KeyGone as problem:
        raise KeyMissing(f"{dump} cannot be opened: {problem}") from None


def _manifest(archive: ZipFile) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(archive.read(archives.MANIFEST))
    except (KeyError, ValueError):
        raise NotADump("This is a zip, but not a dump: it has no manifest.") from None
    if found.get("format") != dumping.FORMAT or found.get("format_version") != dumping.FORMAT_VERSION:
        raise NotADump("This is not a dump that this release can read (a subscriber's own export is none).")
    if found["schema_fingerprint"] != migrating.fingerprint():
        raise UnknownSchema(
            "The dump was made by another release, whose tables differ: restore it with that release, "
            "then run migrate_tenants."
        )
    return found


def _restored(archive: ZipFile, manifest: dict[str, Any], *, slug: str, at: datetime) -> Restored:
    tenancy.unhurried()
    tenant = provisioning.make_spare(at=at)
    schema = tenant.schema_name
    secrets.adopt(tenant=schema, keys=manifest["keys"], of=manifest["schema"], at=at)
    reader = _Reader(archive, manifest, ring=secrets.ring(schema))
    with tenancy.opened(schema):
        rows = _pour_tables(reader, schema=schema)
    shared = json.loads(b"".join(reader.blocks(dumping.SHARED)))
    _attach(tenant, shared["tenant"], slug=slug)
    members = returning.people(shared, tenant=tenant)
    doors, api_keys = returning.doors(shared, tenant=tenant), returning.api_keys(shared, tenant=tenant)
    returning.entitlements(shared, tenant=tenant)
    returning.bells(shared, tenant=schema)
    with tenancy.opened(schema):
        for quieten in _quieteners():
            quieten(at=at)
    secrets.forget()
    return Restored(tenant=tenant, rows=rows, members=members, doors=doors, api_keys=api_keys)


def _attach(tenant: Tenant, said: Mapping[str, Any], *, slug: str) -> None:
    tenant.state, tenant.slug, tenant.name = TenantState.ACTIVE, slug, said["name"]
    tenant.currency, tenant.time_zone, tenant.language = said["currency"], said["time_zone"], said["language"]
    tenant.subscribed_at = datetime.fromisoformat(said["subscribed_at"]) if said["subscribed_at"] else None
    try:
        provisioning.save_unless_taken(tenant)
    except provisioning.SlugTaken as taken:
        raise TenantExists(str(taken)) from None


class _Reader:
    """The entries of a dump, each proven by the manifest's checksum when it was read to its end."""

    def __init__(self, archive: ZipFile, manifest: dict[str, Any], *, ring: secrets.Ring) -> None:
        self._archive, self._ring = archive, ring
        self.manifest = manifest

    def blocks(self, name: str) -> Iterator[bytes]:
        told = self.manifest["files"].get(name)
        if told is None or name not in self._archive.namelist():
            raise sealed.Damaged(f"{name} is missing.")
        digest = hashlib.sha256()
        purpose = dumping.place(self.manifest["dump"], name)
        with self._archive.open(name) as file:
            for block in dumping.unpacked(sealed.opened(file, ring=self._ring, purpose=purpose)):
                digest.update(block)
                yield block
        if digest.hexdigest() != told["sha256"]:
            raise sealed.Damaged(f"{name} does not have the checksum that the manifest tells.")


def _pour_tables(reader: _Reader, *, schema: str) -> dict[str, int]:
    tables = contents.tables(schema)
    if {table.name: list(table.columns) for table in tables} != reader.manifest["columns"]:
        raise UnknownSchema("The dump's tables are not those of this release.")
    tenancy.execute(sql.SQL("TRUNCATE {all}").format(all=_all(tables, schema)))
    silenced = [sql.Identifier(schema, name) for (name,) in tenancy.rows(TRIGGERS, [schema])]
    for table in silenced:
        tenancy.execute(sql.SQL("ALTER TABLE {table} DISABLE TRIGGER USER").format(table=table))
    rows = {table.name: _pour(reader, table, schema=schema) for table in tables}
    tenancy.execute("SET CONSTRAINTS ALL IMMEDIATE")
    tenancy.execute("SET CONSTRAINTS ALL DEFERRED")
    for table in silenced:
        tenancy.execute(sql.SQL("ALTER TABLE {table} ENABLE TRIGGER USER").format(table=table))
    _set_counters(schema, reader.manifest["sequences"])
    return rows


def _pour(reader: _Reader, table: Table, *, schema: str) -> int:
    with tenancy.poured_in(table.rows_in(schema)) as pour:
        for block in reader.blocks(table.name):
            pour(block)
    count = sql.SQL("SELECT count(*) FROM {table}").format(table=sql.Identifier(schema, table.name))
    rows = int(tenancy.rows(count)[0][0])
    if rows != reader.manifest["files"][table.name]["rows"]:
        raise sealed.Damaged(f"{table.name} does not have as many rows as the manifest tells.")
    return rows


def _set_counters(schema: str, told: Mapping[str, int | None]) -> None:
    for sequence, table, column in tenancy.rows(IDENTITIES, [schema]):
        statement = sql.SQL(
            "SELECT setval({sequence}::regclass, "
            "greatest((SELECT max({column}) FROM {table}), {last}::bigint))"
        ).format(
            sequence=sql.Literal(f"{schema}.{sequence}"),
            column=sql.Identifier(column),
            table=sql.Identifier(schema, table),
            last=sql.Literal(told.get(sequence)),
        )
        tenancy.rows(statement)


def _all(tables: list[Table], schema: str) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(schema, table.name) for table in tables)


def _quieteners() -> tuple[Callable[..., None], ...]:
    found: tuple[Callable[..., None], ...] = import_string(settings.AFTER_RESTORE)
    return found
