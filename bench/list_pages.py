"""Customers and Orders, 25 rows, at 1,000 and at 100,000 customers: statements, CPU, PostgreSQL's time, bytes."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields
from statistics import median

import psycopg

from bench.bench import Figure
from bench.world import ROOT, World, world

SIZES = (1_000, 100_000)
ORDERS_EACH = 3
PAGES = ("/customers/", "/customers/?sort=last_order", "/customers/?words=jo%2012", "/orders/")
ROUNDS = 40
TURNS = 3
MAX_STATEMENTS, MAX_CPU_MS, MAX_KILOBYTES, MAX_GROWTH = 12, 40, 60, 1.3
PASSWORD = "a password for the bench"

# Rows as the use cases leave them, made by the server itself: a hundred thousand customers in seconds.
FILL = """
SET search_path = {schema}, extensions;
INSERT INTO customers_contact (id, email, first_name, last_name, name, phone, company, city, region, country_code,
    source, tags, appeared_at, changed_at)
SELECT md5('contact' || n)::uuid, 'jo' || n || '@example.com', 'Jo', 'Marsh ' || n, 'Jo Marsh ' || n, '', '',
    'Town ' || n % 500, '', 'GB', 'woocommerce', '{{}}', now() - n * interval '1 minute', now()
FROM generate_series(1, {count}) n;
INSERT INTO customers_consent (contact_id, channel, is_given, ground, evidence, happened_at)
SELECT md5('contact' || n)::uuid, 'email', n % 3 > 0, 'form', '', now() FROM generate_series(1, {count}, 2) n;
INSERT INTO insight_customermetrics (contact_id, orders_count, total_spent, refunded, profit, profit_is_estimated,
    elsewhere, first_order_at, last_order_at, average_gap_days, stage, is_listed, computed_at)
SELECT md5('contact' || n)::uuid, 3, (n::bigint * 7919) % 100000 / 100.0, 0, (n::bigint * 104729) % 50000 / 100.0, false, '{{}}',
    now() - interval '1 year', now() - (n % 400) * interval '1 day', 40, (ARRAY['new','repeat','loyal','at_risk',
    'lapsed'])[n % 5 + 1], true, now() FROM generate_series(1, {count}) n;
INSERT INTO commerce_order (id, connection_id, external_id, number, contact_id, kind, status, shop_status, is_counted,
    is_test, email, buyer_name, currency, shipping, fees, discount, tax, total, refunded, payment_method, channel,
    ordered_at, raw_hash, origin, taken_at)
SELECT md5('order' || n)::uuid, md5('shop')::uuid, n, n, md5('contact' || (n % {count} + 1))::uuid, 'sale',
    'completed', 'completed', true, false, 'jo' || n || '@example.com', 'Jo Marsh', 'EUR', 0, 0, 0, 0,
    (n::bigint * 31) % 20000 / 100.0, 0, '', '', now() - n * interval '1 minute', '', 'webhook', now()
FROM generate_series(1, {count} * {orders_each}) n;
"""
INSIDE = (
    """
import json, sys, time, django
django.setup()
from django.db import connection
from django.test import Client
import psycopg
from regulars.platform import tenancy

sent = []
plain = psycopg.Cursor.execute
def counted(self, query, params=None, **more):
    sent.append(query)
    return plain(self, query, params, **more)
psycopg.Cursor.execute = counted

slug, rounds, pages = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
public = Client(headers={"host": "localhost"})
answer = public.post("/sign-in/", {"email": slug + "@example.com", "password": "%s"})
client = Client(headers={"host": slug + ".localhost"})
client.get("/enter/?" + answer["Location"].partition("?")[2])
seen = {}
for page in pages:
    for _ in range(5):
        answer = client.get(page)
        assert answer.status_code == 200, (page, answer.status_code)
    sent.clear()
    client.get(page)
    asked = len(sent)
    tenancy.rows("SELECT extensions.pg_stat_statements_reset()")
    began = time.process_time()
    for _ in range(rounds):
        client.get(page)
    cpu = (time.process_time() - began) * 1000 / rounds
    spent = tenancy.rows("SELECT sum(total_exec_time + total_plan_time) FROM extensions.pg_stat_statements")[0][0]
    seen[page] = [asked, cpu, spent / rounds, len(answer.content) / 1024]
print(json.dumps(seen))
"""
    % PASSWORD
)


@dataclass(frozen=True)
class Seen:
    statements: int
    cpu_ms: float
    server_ms: float
    kilobytes: float


def run() -> Iterator[Figure]:
    with world(
        shared_preload_libraries="pg_stat_statements", **{"pg_stat_statements.track_planning": "on"}
    ) as made:
        _let_see_statistics(made)
        slugs = [_filled(made, size) for size in SIZES]
        seen = {slug: [] for slug in slugs}
        for _ in range(TURNS):  # in turn, so that a busy moment of the machine falls on both
            for slug in slugs:
                seen[slug].append(_measured(made, slug))
        few, many = (_medians(seen[slug]) for slug in slugs)
    for page, at_few in few.items():
        yield from _figures(page, at_few, many[page])


def _figures(page: str, few: Seen, many: Seen) -> Iterator[Figure]:
    statements = max(few.statements, many.statements)
    cpu, size = max(few.cpu_ms, many.cpu_ms), max(few.kilobytes, many.kilobytes)
    growth = many.cpu_ms / few.cpu_ms
    server_growth = many.server_ms / few.server_ms
    name = f"{page} "
    # A search must look at more where there is more; the target is the lists'. Its figure is told all the same.
    is_search = "words=" in page
    yield Figure(
        "list_pages",
        name + "statements",
        statements,
        "",
        target=f"<= {MAX_STATEMENTS}",
        ok=statements <= MAX_STATEMENTS,
    )
    yield Figure("list_pages", name + "CPU", cpu, "ms", target=f"<= {MAX_CPU_MS}", ok=cpu <= MAX_CPU_MS)
    yield Figure(
        "list_pages", name + "HTML", size, "KB", target=f"<= {MAX_KILOBYTES}", ok=size <= MAX_KILOBYTES
    )
    yield Figure(
        "list_pages",
        name + "CPU growth",
        many.cpu_ms,
        "ms",
        baseline=few.cpu_ms,
        ratio=growth,
        target=f"<= {MAX_GROWTH}",
        ok=growth <= MAX_GROWTH,
    )
    yield Figure(
        "list_pages",
        name + "PostgreSQL growth",
        many.server_ms,
        "ms",
        baseline=few.server_ms,
        ratio=server_growth,
        target="" if is_search else f"<= {MAX_GROWTH}",
        ok=None if is_search else server_growth <= MAX_GROWTH,
    )


def _filled(made: World, size: int) -> str:
    """A tenant with so many customers; its slug."""
    slug = f"with{size}"
    words = ["--slug", slug, "--name", slug, "--email", f"{slug}@example.com", "--password", PASSWORD]
    schema = made.run("create_tenant", *words, login="owner")["schema"]
    with psycopg.connect(made.environment["DATABASE_OWNER_URL"], autocommit=True) as owner:
        for statement in FILL.format(schema=schema, count=size, orders_each=ORDERS_EACH).split(";"):
            if statement.strip():
                owner.execute(statement)
        owner.execute("VACUUM ANALYZE")
    return slug


def _measured(made: World, slug: str) -> dict[str, Seen]:
    command = [sys.executable, "-c", INSIDE, slug, str(ROUNDS), *PAGES]
    done = subprocess.run(
        command, cwd=ROOT, env=made.environment, check=True, stdout=subprocess.PIPE, text=True
    )
    return {page: Seen(*seen) for page, seen in json.loads(done.stdout.strip().splitlines()[-1]).items()}


def _medians(turns: list[dict[str, Seen]]) -> dict[str, Seen]:
    return {
        page: Seen(*(median(getattr(turn[page], field.name) for turn in turns) for field in fields(Seen)))
        for page in turns[0]
    }


def _let_see_statistics(made: World) -> None:
    with psycopg.connect(made.cluster.url("postgres", "regulars"), autocommit=True) as admin:
        admin.execute("CREATE EXTENSION pg_stat_statements SCHEMA extensions")
        admin.execute("GRANT pg_read_all_stats TO regulars_public, regulars_app")
        admin.execute("GRANT SELECT ON extensions.pg_stat_statements TO PUBLIC")
        admin.execute("GRANT EXECUTE ON FUNCTION extensions.pg_stat_statements_reset TO PUBLIC")
