"""Which schemas are at this release: fingerprints of the migrations, and the public schema's own move."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from uuid import UUID

from django.apps import AppConfig, apps
from django.conf import settings
from django.db import connections  # the executor wants the connection itself
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from regulars.platform import roles, tenancy
from regulars.tenants.models import Tenant, TenantState

# The public schema keeps the fingerprint it was brought to as its comment.
SHARED_VERSION = "SELECT obj_description('public'::regnamespace, 'pg_namespace')"
NOTE_SHARED_VERSION = "COMMENT ON SCHEMA public IS {version}"


@dataclass(frozen=True)
class Late:
    """A tenant whose schema is not at this release; a spare one has no slug.

    Schemas of the same ``version`` have had the same migrations; what one without has had is not known.
    """

    pk: UUID
    schema: str
    version: str
    slug: str | None
    is_spare: bool

    @property
    def name(self) -> str:
        """What an operator calls it."""
        return self.slug or self.schema


@cache
def fingerprint() -> str:
    """The SHA-256 of the tenant apps' migrations: what ``schema_version`` of an up-to-date tenant says."""
    return _digest(settings.TENANT_APPS)


@cache
def shared_fingerprint() -> str:
    """The same of the public schema, whose roles and guards count as well."""
    return _digest(settings.SHARED_APPS, Path(roles.__file__))


def migrate_shared() -> list[str]:
    """Bring the public schema to this release; returns the names of the migrations that ran.

    One question and nothing else when it is there already.
    """
    with tenancy.shared():
        if is_shared_noted():
            return []
        ran = _migrate(configs(settings.SHARED_APPS))
        roles.lock_shared()
        tenancy.execute(sql.SQL(NOTE_SHARED_VERSION).format(version=sql.Literal(shared_fingerprint())))
    return ran


def is_shared_noted() -> bool:
    """Has ``migrate_shared`` of this very release been here?"""
    return bool(tenancy.rows(SHARED_VERSION)[0][0] == shared_fingerprint())


def shared_plan() -> list[str]:
    """The migrations that ``migrate_shared`` would run."""
    with tenancy.shared():
        executor = MigrationExecutor(connections["default"])
        return _names(executor.migration_plan(_targets(executor.loader, configs(settings.SHARED_APPS))))


def behind() -> list[Late]:
    """Tenants, spare ones included, whose schema is not at this release; the oldest first. One query.

    Asks for no column that a shared migration of this release may still have to add.
    """
    with tenancy.shared():
        rows = Tenant.objects.exclude(schema_version=fingerprint()).order_by("made_at", "pk")
        found = rows.values_list("pk", "schema_name", "schema_version", "slug", "state")
        return [
            Late(pk, schema, version, slug, state == TenantState.SPARE)
            for pk, schema, version, slug, state in found
        ]


def migrate_schema(schema: str) -> list[str]:
    """Have Django migrate one schema; returns the names of the migrations that ran."""
    with tenancy.opened(schema):
        return _migrate(configs(settings.TENANT_APPS))


def configs(entries: Iterable[str]) -> list[AppConfig]:
    """The installed apps that a settings list names, by module or by AppConfig."""
    return [apps.get_app_config(AppConfig.create(entry).label) for entry in entries]


def is_shared_current() -> bool:
    """Has every migration of the public schema run that this release knows?"""
    loader = MigrationLoader(connections["default"])
    applied = set(loader.applied_migrations)
    return all(node in applied for node in _targets(loader, configs(settings.SHARED_APPS)))


def _migrate(wanted: list[AppConfig]) -> list[str]:
    executor = MigrationExecutor(connections["default"])
    targets = _targets(executor.loader, wanted)
    plan = executor.migration_plan(targets)
    if plan:
        executor.migrate(targets, plan)
    else:
        executor.recorder.ensure_schema()
    return _names(plan)


def _targets(loader: MigrationLoader, wanted: list[AppConfig]) -> list[tuple[str, str]]:
    labels = {config.label for config in wanted}
    return [node for node in loader.graph.leaf_nodes() if node[0] in labels]


def _names(plan: "Iterable[tuple[object, bool]]") -> list[str]:
    return [str(migration) for migration, _ in plan]


def _digest(entries: Iterable[str], *more: Path) -> str:
    digest = hashlib.sha256()
    for config in configs(entries):
        for path in _migration_files(config):
            digest.update(f"{config.label}/{path.name}\n".encode() + path.read_bytes())
    for path in more:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _migration_files(config: AppConfig) -> list[Path]:
    module, is_named = MigrationLoader.migrations_module(config.label)
    if module is None:
        return []
    found = find_spec(module) if is_named else None
    folders = found.submodule_search_locations if found else [Path(config.path) / "migrations"]
    return sorted(path for folder in folders or [] for path in Path(folder).glob("[0-9]*.py"))
