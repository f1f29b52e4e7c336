"""One database with a thousand tenants, each padded to the budget of a tenant, for all benches of a process.

Made by sending the template's text over two connections; PostgreSQL does not wait for the disk here, which is
the same for both sides of each comparison. BENCH_TENANTS makes fewer.
"""

import atexit
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache

import psycopg

from bench.world import ROOT, World, world
from regulars.checks.management.commands.check_budget import MAX_INDEXES, MAX_TABLES, cost

TENANTS = int(os.environ.get("BENCH_TENANTS", "1000"))
CONNECTIONS = 2
A_CONNECTION_MAKES = 20  # afterwards it is slower than a new one
SENTINEL = "t_template_2f6e91c4"
TRIMMED = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
}
CATALOG = ("pg_class", "pg_attribute", "pg_index", "pg_constraint", "pg_depend", "pg_namespace", "pg_type")
TENANT = """
INSERT INTO tenants_tenant (id, schema_name, slug, name, state, currency, time_zone, language, schema_version, made_at)
VALUES (gen_random_uuid(), %s, %s, %s, 'active', 'EUR', 'UTC', 'en', %s, now())
"""


@dataclass
class Thousand:
    world: World
    schemas: list[str]

    @property
    def owner(self) -> str:
        return self.world.environment["DATABASE_OWNER_URL"]


@contextmanager
def thousand() -> Iterator[Thousand]:
    """The database; it is there until the process ends, so that the next bench finds it."""
    yield _kept()


@cache
def _kept() -> Thousand:
    stack = ExitStack()
    atexit.register(stack.close)
    made = stack.enter_context(world(**TRIMMED))
    schemas = [f"t_bench{number:011}" for number in range(TENANTS)]
    found = Thousand(made, schemas)
    began = time.monotonic()
    header, text = _template()
    shares = [schemas[start::CONNECTIONS] for start in range(CONNECTIONS)]
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for done in [pool.submit(_fill, found.owner, share, header, text) for share in shares]:
            done.result()
    with psycopg.connect(made.cluster.url("postgres", "regulars"), autocommit=True) as admin:
        admin.execute(f"VACUUM (ANALYZE) {', '.join(CATALOG)}")
        admin.execute("CHECKPOINT")
        relations = admin.execute("SELECT count(*) FROM pg_class").fetchone()[0]
    print(
        f"{TENANTS} tenants of {MAX_TABLES} tables and {MAX_INDEXES} indexes in {time.monotonic() - began:.0f} s, "
        f"{relations:,} relations; {', '.join(f'{name} {value}' for name, value in TRIMMED.items())}",
        file=sys.stderr,
    )
    return found


def _template() -> tuple[str, str]:
    header, _, text = (ROOT / "regulars/tenants/template.sql").read_text().partition("\n")
    now = cost(text)
    tables, indexes = MAX_TABLES - now.tables, MAX_INDEXES - now.indexes - (MAX_TABLES - now.tables)
    words = [text]
    for table in range(tables):
        name = f"{SENTINEL}.padding_{table}"
        words.append(
            f"CREATE TABLE {name} (id bigint PRIMARY KEY, a text, b text, c bigint, d timestamptz NOT NULL);"
        )
        for index in range(table, indexes, tables):
            words.append(f"CREATE INDEX padding_{table}_{index} ON {name} ({'abcd'[index // tables % 4]});")
    return header.rpartition(" ")[2], "\n".join(words)


def _fill(owner: str, schemas: list[str], version: str, text: str) -> None:
    for start in range(0, len(schemas), A_CONNECTION_MAKES):
        with psycopg.connect(owner) as door:
            for schema in schemas[start : start + A_CONNECTION_MAKES]:
                door.execute(text.replace(SENTINEL, schema))
                door.execute("RESET search_path")
                slug = schema.removeprefix("t_")
                door.execute(TENANT, [schema, slug, slug, version])
                door.commit()
