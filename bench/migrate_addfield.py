"""A new column with its index in a thousand tenants, against the same statements sent by plain psycopg."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psycopg

from bench.bench import Figure
from bench.thousand import Thousand, thousand
from bench.world import ROOT, World

WORKERS = 2
MAX_RATIO = 2.0
PACKAGE = "benched_customers"
MIGRATION = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("customers", "{after}")]
    operations = [
        migrations.AddField("contact", "benched", models.CharField(max_length=40, null=True)),
        migrations.AddIndex("contact", models.Index(fields=["benched"], name="contacts_benched")),
    ]
"""
PLAIN = """
SET search_path = "{schema}", public;
ALTER TABLE "customers_contact" ADD COLUMN "{field}" varchar(40) NULL;
CREATE INDEX "contacts_{field}" ON "customers_contact" ("{field}");
INSERT INTO django_migrations (app, name, applied) VALUES ('customers', '{field}', now());
UPDATE public.tenants_tenant SET schema_version = '{field}' WHERE schema_name = '{schema}';
"""


def run() -> Iterator[Figure]:
    with thousand() as made, tempfile.TemporaryDirectory() as folder:
        before = _plain(made, "plain_before")
        _undo_bookkeeping(made)
        ours, inside = _ours(made, Path(folder))
        after = _plain(made, "plain_after")
    plain = (before + after) / 2
    print(
        f"{len(made.schemas)} tenants, {WORKERS} workers; of {ours:.1f} s the process itself counts {inside:.1f}"
    )
    yield Figure(
        "migrate_addfield",
        f"{len(made.schemas)} tenants",
        ours,
        "s",
        baseline=plain,
        ratio=ours / plain,
        target=f"<= {MAX_RATIO:g}",
        ok=ours <= MAX_RATIO * plain,
    )


def _ours(made: Thousand, folder: Path) -> tuple[float, float]:
    """Seconds with the start of the process, and those that the command itself tells."""
    package = folder / PACKAGE
    source = ROOT / "regulars/crm_core/customers/migrations"
    shutil.copytree(source, package, ignore=shutil.ignore_patterns("__pycache__"))
    last = max(path.stem for path in package.glob("[0-9]*.py"))
    (package / "9999_benched.py").write_text(MIGRATION.format(after=last))
    settings = f"from bench.settings import *\nMIGRATION_MODULES = {{'customers': '{PACKAGE}'}}\n"
    (folder / "benched_settings.py").write_text(settings)
    more = {"DJANGO_SETTINGS_MODULE": "benched_settings", "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
    newer: World = replace(made.world, environment={**made.world.environment, **more})
    began = time.perf_counter()
    told = newer.run("migrate_tenants", "--no-spares", f"--workers={WORKERS}", login="owner")
    seconds = time.perf_counter() - began
    assert told["migrated"] >= len(made.schemas), told
    assert (told["quarantined"], told["left"]) == ([], 0), told
    return seconds, told["seconds"]


def _plain(made: Thousand, field: str) -> float:
    def send(schemas: list[str]) -> None:
        with psycopg.connect(made.owner, autocommit=True) as door:
            for schema in schemas:
                with door.transaction():
                    door.execute(PLAIN.format(schema=schema, field=field))

    shares = [made.schemas[start::WORKERS] for start in range(WORKERS)]
    began = time.perf_counter()
    with ThreadPoolExecutor(WORKERS) as pool:
        for done in [pool.submit(send, share) for share in shares]:
            done.result()
    return time.perf_counter() - began


def _undo_bookkeeping(made: Thousand) -> None:
    """What the plain run noted is no migration that a release knows."""
    with psycopg.connect(made.owner, autocommit=True) as door:
        for schema in made.schemas:
            door.execute(f"DELETE FROM \"{schema}\".django_migrations WHERE name = 'plain_before'")
