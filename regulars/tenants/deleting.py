"""Deleting a tenant for good. As the owner's login.

Schema, role, shared rows and the data key go in one transaction, together with the record of it. What lies
outside the database (files, sessions of its people, cache keys) follows, and is tried again until it is done.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from django.apps import apps
from django.conf import settings
from django.db.models import CharField, Model
from django.utils.module_loading import import_string
from psycopg import sql

from regulars.platform import remembered, secrets, tenancy
from regulars.tenants import accounts, contents, endpoints, keys, leaving, resolving
from regulars.tenants.models import Membership, Person, SignInAttempt, SignUp, Tenant
from regulars.tenants.moving import Deletion

log = structlog.get_logger(__name__)

# Rows that name a tenant by its schema and stay: amounts and states, append-only, without a name.
KEPT = frozenset({"billing_billingledger"})
IN_USE = """
SELECT count(*) FROM pg_shdepend
WHERE refclassid = 'pg_authid'::regclass AND refobjid = (SELECT oid FROM pg_roles WHERE rolname = %s)
"""


@dataclass(frozen=True, kw_only=True)
class Gone:
    """A deleted tenant, as far as other rooms must know it to forget it."""

    schema: str
    tenant_id: UUID
    people: frozenset[UUID]  # who belonged to no other workspace


def delete(*, tenant: Tenant, cause: str, at: datetime) -> Deletion:
    """Delete a tenant now, whatever it still holds; returns the record. ``cause``: "owner" or "operator"."""
    with tenancy.atomic():
        record = _deleted(tenant, cause=cause, at=at)
    for forget in (secrets.forget, resolving.forget, endpoints.forget, keys.forget):
        forget()
    finish(record, at=at)
    return record


def delete_due(*, at: datetime) -> int:
    """Delete whose time has come, and finish what was begun; returns how many were deleted."""
    count = 0
    for tenant in leaving.due(at=at):
        try:
            delete(tenant=tenant, cause="owner", at=at)
            count += 1
        except Exception:
            log.exception("deletion_failed", tenant=tenant.schema_name)  # tried again with the next look
    for record in Deletion.objects.filter(finished_at=None):
        try:
            finish(record, at=at)
        except Exception:
            log.exception("deletion_unfinished", tenant=record.schema_name)
    return count


def finish(record: Deletion, *, at: datetime) -> None:
    """What lies outside the database; safe to repeat."""
    gone = Gone(schema=record.schema_name, tenant_id=record.tenant_id, people=frozenset(record.people))
    counts: dict[str, int] = {"export_files": forget_files(gone.schema)}
    goodbyes: Mapping[str, Callable[[Gone], int]] = import_string(settings.AFTER_DELETION)
    for name, say in goodbyes.items():
        counts[name] = say(gone)
    counts["cache_keys"] = remembered.forget(schema=gone.schema)
    record.elsewhere, record.people, record.finished_at = counts, [], at
    record.save(update_fields=["elsewhere", "people", "finished_at"])


def forget_files(schema: str) -> int:
    """Remove a tenant's folder; returns how many files were in it."""
    folder = Path(settings.EXPORTS_FOLDER) / schema
    count = sum(1 for path in folder.glob("*") if path.is_file())
    shutil.rmtree(folder, ignore_errors=True)
    return count


def _deleted(tenant: Tenant, *, cause: str, at: datetime) -> Deletion:
    tenancy.unhurried()
    tenant = Tenant.objects.select_for_update().get(pk=tenant.pk)
    schema = sql.Identifier(tenant.schema_name)
    rows = {table.name: _count(tenant.schema_name, table) for table in contents.tables(tenant.schema_name)}
    tenancy.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(schema))
    is_role_gone = tenancy.rows(IN_USE, [tenant.schema_name]) == [(0,)]
    if is_role_gone:  # another database of this server may have a tenant of this name: a copy of ours
        tenancy.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(schema))
    people = _people_of_no_other(tenant)
    rows |= _forget_people(people)
    for model in _named_by_schema():
        rows[model._meta.db_table] = model._default_manager.filter(tenant=tenant.schema_name).delete()[0]
    tenant_id, schema_name = tenant.pk, tenant.schema_name
    for label, count in tenant.delete()[1].items():
        table = apps.get_model(label)._meta.db_table
        rows[table] = rows.get(table, 0) + count
    return Deletion.objects.create(
        tenant_id=tenant_id,
        schema_name=schema_name,
        cause=cause,
        deleted_at=at,
        rows={name: count for name, count in rows.items() if count},
        is_role_gone=is_role_gone,
        people=people,
    )


def _count(schema: str, table: contents.Table) -> int:
    statement = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table.name))
    return int(tenancy.rows(statement)[0][0])


def _people_of_no_other(tenant: Tenant) -> list[UUID]:
    """Members who have no other workspace, and wait for none."""
    members = Membership.objects.filter(tenant=tenant).values_list("person_id", flat=True)
    elsewhere = Membership.objects.filter(person__in=members).exclude(tenant=tenant)
    waiting = SignUp.objects.filter(person__in=members, tenant=None)
    staying = {*elsewhere.values_list("person_id", flat=True), *waiting.values_list("person_id", flat=True)}
    return [person for person in members if person not in staying]


def _forget_people(people: Sequence[UUID]) -> dict[str, int]:
    rows = Person.objects.filter(pk__in=people)
    hashes = [accounts.attempts_key(email) for email in rows.values_list("email", flat=True)]
    SignInAttempt.objects.filter(email_hash__in=hashes).delete()
    counts = rows.delete()[1]
    return {apps.get_model(label)._meta.db_table: count for label, count in counts.items()}


def _named_by_schema() -> list[type[Model]]:
    """The models of shared tables whose rows name their tenant by its schema."""
    found: list[Any] = []
    for model in apps.get_models():
        field = next((each for each in model._meta.fields if each.name == "tenant"), None)
        if isinstance(field, CharField) and model._meta.db_table not in KEPT:
            found.append(model)
    return found
