"""Segments counted among 1,000,000 customers, beside the best SQL that a person would write by hand."""

import json
import subprocess
import sys
from collections.abc import Iterator
from statistics import median

import psycopg

from bench.bench import Figure
from bench.world import ROOT, World, world

CUSTOMERS = 1_000_000
ROUNDS = 15
MAX_MS, MAX_RATIO = 150, 2
PASSWORD = "a password for the bench"

# Rows as the use cases leave them, made by the server: two customers of five have ordered once.
FILL = """
SET search_path = {schema}, extensions;
INSERT INTO customers_contact (id, email, first_name, last_name, name, phone, company, city, region, country_code,
    source, tags, appeared_at, changed_at)
SELECT md5('contact' || n)::uuid, 'jo' || n || '@example.com', 'Jo', 'Marsh ' || n, 'Jo Marsh ' || n, '', '',
    'Town ' || n % 500, '', (ARRAY['DE','GB','FR','SE'])[n % 4 + 1], 'woocommerce',
    CASE WHEN n % 10 = 0 THEN ARRAY['VIP'] WHEN n % 10 = 1 THEN ARRAY['b2b','press'] ELSE ARRAY[]::text[] END,
    now() - n * interval '1 minute', now() FROM generate_series(1, {count}) n;
INSERT INTO customers_consent (contact_id, channel, is_given, ground, evidence, happened_at)
SELECT md5('contact' || n)::uuid, 'email', n % 3 > 0, 'form', '', now() FROM generate_series(1, {count}, 2) n;
INSERT INTO insight_customermetrics (contact_id, orders_count, total_spent, refunded, profit, profit_is_estimated,
    elsewhere, first_order_at, last_order_at, average_gap_days, stage, is_listed, computed_at)
SELECT md5('contact' || n)::uuid, kept.orders, kept.orders * (n * 7919::bigint % 10000) / 100.0, 0,
    kept.orders * (n * 104729::bigint % 5000) / 100.0, false, '{{}}',
    CASE WHEN kept.orders > 0 THEN now() - interval '2 years' END,
    CASE WHEN kept.orders > 0 THEN now() - (n * 31::bigint % 57600000) * interval '1 second' END,
    CASE WHEN kept.orders > 1 THEN 40 END, (ARRAY['new','repeat','loyal','at_risk','lapsed'])[n % 5 + 1], true, now()
FROM generate_series(1, {count}) n, LATERAL (SELECT (ARRAY[0,1,1,2,5])[n % 5 + 1] AS orders) AS kept;
INSERT INTO commerce_product (id, external_id, title, sku, currency, is_published)
SELECT md5('product' || n)::uuid, n, 'Tea ' || n, '', 'EUR', true FROM generate_series(1, 200) n;
INSERT INTO commerce_order (id, external_id, number, contact_id, kind, status, shop_status, is_counted, is_test,
    email, buyer_name, currency, shipping, fees, discount, tax, total, refunded, payment_method, channel,
    ordered_at, raw_hash, origin, taken_at)
SELECT md5('order' || n)::uuid, n, n, md5('contact' || n * 3 + 1)::uuid, 'sale', 'completed', '', true, false, '', '',
    'EUR', 0, 0, 0, 0, 10, 0, '', '', now() - (n % 400) * interval '1 day', '', 'webhook', now()
FROM generate_series(1, {count} / 4) n;
INSERT INTO commerce_orderline (order_id, product_id, position, external_id, variant_external_id, title, sku,
    quantity, unit_price, discount, tax, total)
SELECT md5('order' || n)::uuid, md5('product' || n % 200 + 1)::uuid, 1, n, '', 'Tea', '', 1, 10, 0, 0, 10
FROM generate_series(1, {count} / 4) n;
INSERT INTO commerce_saleentry (order_id, product_id, kind, key, quantity, amount, currency, base_amount,
    happened_at, recorded_at)
SELECT md5('order' || n)::uuid, md5('product' || n % 200 + 1)::uuid, 'item', 'line:' || n, 1, 10, 'EUR', 10,
    now(), now() FROM generate_series(1, {count} / 4) n
"""
# Name -> the segment's rules, and what a person would write for it.
JOURNEY = "bought once, not in 60 days"
SEGMENTS = {
    JOURNEY: (
        {
            "all": [
                {"field": "orders_count", "is": "equals", "value": 1},
                {"field": "last_order", "is": "not_within_days", "value": 60},
            ]
        },
        "SELECT count(*) FROM insight_customermetrics WHERE is_listed AND orders_count = 1"
        " AND last_order_at < now() - interval '60 days'",
    ),
    "VIP in Germany": (
        {
            "all": [
                {"field": "tag", "is": "has", "value": "VIP"},
                {"field": "country_code", "is": "equals", "value": "DE"},
            ]
        },
        "SELECT count(*) FROM insight_customermetrics m JOIN customers_contact c ON c.id = m.contact_id"
        " WHERE m.is_listed AND c.country_code = 'DE' AND 'vip' = ANY(lower(c.tags::text)::text[])",
    ),
    "bought a tea in 90 days, agreed to e-mail": (
        {
            "all": [
                {"field": "bought", "is": "within_days", "value": {"product": "{product}", "days": 90}},
                {"field": "consent", "is": "given", "value": "email"},
            ]
        },
        "SELECT count(*) FROM (SELECT DISTINCT o.contact_id FROM commerce_saleentry e"
        " JOIN commerce_order o ON o.id = e.order_id WHERE e.product_id = md5('product7')::uuid AND e.quantity > 0"
        " AND o.is_counted AND o.ordered_at >= now() - interval '90 days') b"
        " JOIN insight_customermetrics m USING (contact_id) WHERE m.is_listed AND (SELECT is_given"
        " FROM customers_consent c WHERE c.contact_id = m.contact_id AND channel = 'email'"
        " ORDER BY happened_at DESC, is_given, id DESC LIMIT 1)",
    ),
    "more than 50 spent, or never said a word": (
        {
            "any": [
                {"field": "total_spent", "is": "at_least", "value": 50},
                {"field": "consent", "is": "unknown", "value": "email"},
            ]
        },
        "SELECT count(*) FROM insight_customermetrics m WHERE is_listed AND (total_spent >= 50"
        " OR NOT EXISTS (SELECT FROM customers_consent c"
        " WHERE c.contact_id = m.contact_id AND c.channel = 'email'))",
    ),
}
INSIDE = """
import json, sys, time, django
django.setup()
from django.utils import timezone
from regulars.crm_core.insight import segments
from regulars.platform import tenancy

schema, rounds, asked = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])

def timed(ask):
    began = time.perf_counter()
    number = ask()
    return (time.perf_counter() - began) * 1000, number

seen = {}
for name, (rules, sql) in asked.items():
    ours, theirs = [], []
    with tenancy.opened(schema):
        for _ in range(rounds):
            ours.append(timed(lambda: segments.count(rules, at=timezone.now())))
            theirs.append(timed(lambda: tenancy.rows(sql)[0][0]))
    assert ours[-1][1] == theirs[-1][1] > 0, (name, ours[-1], theirs[-1])
    seen[name] = [[took for took, _ in each] for each in (ours, theirs)]
print(json.dumps(seen))
"""


def run() -> Iterator[Figure]:
    with world() as made:
        seen = _measured(made, _filled(made))
    for name, (ours, theirs) in seen.items():
        value, baseline = median(ours), median(theirs)
        ratio = value / baseline
        is_bound = name == JOURNEY
        yield Figure(
            "segment",
            name,
            value,
            "ms",
            baseline=baseline,
            ratio=ratio,
            target=f"<= {MAX_MS} and <= {MAX_RATIO} x" if is_bound else "",
            ok=value <= MAX_MS and ratio <= MAX_RATIO if is_bound else None,
        )


def _filled(made: World) -> str:
    """A tenant with a million customers; its schema."""
    words = ["--slug", "many", "--name", "Many", "--email", "many@example.com", "--password", PASSWORD]
    schema: str = made.run("create_tenant", *words, login="owner")["schema"]
    with psycopg.connect(made.environment["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("SET synchronous_commit = off")
        for statement in FILL.format(schema=schema, count=CUSTOMERS).split(";"):
            owner.execute(statement)
        owner.execute("VACUUM ANALYZE")
    return schema


def _measured(made: World, schema: str) -> dict[str, tuple[list[float], list[float]]]:
    with psycopg.connect(made.cluster.url("postgres", "regulars")) as admin:
        product = admin.execute("SELECT md5('product7')::uuid").fetchone()[0]
    asked = json.dumps(SEGMENTS).replace("{product}", str(product))
    command = [sys.executable, "-c", INSIDE, schema, str(ROUNDS), asked]
    done = subprocess.run(
        command, cwd=ROOT, env=made.environment, check=True, stdout=subprocess.PIPE, text=True
    )
    found: dict[str, tuple[list[float], list[float]]] = json.loads(done.stdout.strip().splitlines()[-1])
    return found
