"""Bringing the public schema and every tenant's schema to this release's tables. As the owner's login."""

import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from django.apps import AppConfig, apps
from django.conf import settings
from django.db import connections  # the executor wants the connection itself
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from regulars.platform import roles, tenancy
from regulars.tenants.models import Tenant


@cache
def fingerprint() -> str:
    """The SHA-256 of the tenant apps' migrations: what ``schema_version`` of an up-to-date tenant says."""
    digest = hashlib.sha256()
    for config in _configs(settings.TENANT_APPS):
        for path in sorted((Path(config.path) / "migrations").glob("[0-9]*.py")):
            digest.update(f"{config.label}/{path.name}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def migrate_shared() -> list[str]:
    """Migrate the public schema; returns the names of the migrations that ran."""
    with tenancy.shared():
        ran = _migrate(_configs(settings.SHARED_APPS))
        roles.lock_shared()
    return ran


def behind() -> list[Tenant]:
    """Tenants, spare ones included, whose schema is not at this release."""
    with tenancy.shared():
        return list(Tenant.objects.exclude(schema_version=fingerprint()).order_by("made_at"))


def migrate_tenant(tenant: Tenant) -> list[str]:
    """Migrate one tenant's schema and note its version; returns the names of the migrations that ran."""
    ran = migrate_schema(tenant.schema_name)
    with tenancy.shared():
        roles.lock_tenant(tenant.schema_name)
        tenant.schema_version = fingerprint()
        tenant.save(update_fields=["schema_version"])
    return ran


def migrate_schema(schema: str) -> list[str]:
    with tenancy.opened(schema):
        return _migrate(_configs(settings.TENANT_APPS))


def migrate_all() -> Iterator[tuple[str, list[str]]]:
    """Public first, then each tenant that is behind; yields schema and the migrations that ran there."""
    yield tenancy.PUBLIC, migrate_shared()
    for tenant in behind():
        yield tenant.schema_name, migrate_tenant(tenant)


def _migrate(configs: Iterable[AppConfig]) -> list[str]:
    executor = MigrationExecutor(connections["default"])
    labels = {config.label for config in configs}
    targets = [node for node in executor.loader.graph.leaf_nodes() if node[0] in labels]
    plan = executor.migration_plan(targets)
    if plan:
        executor.migrate(targets, plan)
    else:
        executor.recorder.ensure_schema()
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def _configs(entries: Iterable[str]) -> list[AppConfig]:
    """The installed apps that a settings list names, by module or by AppConfig."""
    configs = []
    for entry in entries:
        made = AppConfig.create(entry)
        configs.append(apps.get_app_config(made.label))
    return configs


def is_shared_current() -> bool:
    """Has every migration of the public schema run that this release knows?"""
    loader = MigrationLoader(connections["default"])
    wanted = {config.label for config in _configs(settings.SHARED_APPS)}
    applied = set(loader.applied_migrations)
    return all(node in applied for node in loader.graph.leaf_nodes() if node[0] in wanted)
