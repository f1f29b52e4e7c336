"""The prepared SQL of an empty tenant's schema: made at release from real migrations, run at sign-up.

``template.sql`` names its schema by a sentinel and starts with the fingerprint of the migrations it was
made from; a stale one is refused.
"""

import re
import subprocess
from functools import cache
from pathlib import Path

from django.conf import settings
from psycopg import sql

from regulars.platform import tenancy
from regulars.tenants import migrating

PATH = Path(__file__).with_name("template.sql")
SENTINEL = "t_template_2f6e91c4"
HEADER = "-- migrations "
NOISE = re.compile(r"^(--.*|\\(un)?restrict .*|SET .*|SELECT pg_catalog\.set_config.*|)\n", re.MULTILINE)


class StaleTemplate(RuntimeError):
    """template.sql was made from other migrations: run ``manage.py make_template``."""


@cache
def text() -> str:
    """The SQL, schema named by the sentinel. Raises StaleTemplate when the migrations have moved on."""
    header, _, body = PATH.read_text().partition("\n")
    if header != HEADER + migrating.fingerprint():
        raise StaleTemplate("template.sql is older than the migrations: run `manage.py make_template`.")
    return body


def sql_for(schema: str) -> str:
    """The statements that make one tenant's schema with its tables."""
    return text().replace(SENTINEL, schema)


def make(*, pg_dump: Path) -> Path:
    """Migrate a schema from zero, dump it, drop it; writes and returns ``PATH``. As the owner's login."""
    identifier = sql.Identifier(SENTINEL)
    drop = sql.SQL("DROP SCHEMA IF EXISTS {schema} CASCADE").format(schema=identifier)
    tenancy.execute(drop)
    tenancy.execute(sql.SQL("CREATE SCHEMA {schema}").format(schema=identifier))
    try:
        migrating.migrate_schema(SENTINEL)
        dumped = dump(SENTINEL, pg_dump=pg_dump)
    finally:
        tenancy.execute(drop)
    PATH.write_text(f"{HEADER}{migrating.fingerprint()}\n{dumped}")
    text.cache_clear()
    return PATH


def dump(schema: str, *, pg_dump: Path) -> str:
    """One schema with its rows as plain SQL, without owners, grants, comments and session settings."""
    where = {name: str(value) for name, value in settings.DATABASES["default"].items()}
    command = [str(pg_dump), "--no-owner", "--no-privileges", "--inserts", "--rows-per-insert=500"]
    command += ["--host", where["HOST"], "--port", where["PORT"], "--username", where["USER"]]
    command += ["--schema", schema, where["NAME"]]
    environment = {"PGPASSWORD": where["PASSWORD"], "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"pg_dump failed: {done.stderr.strip()}")
    return NOISE.sub("", done.stdout)
