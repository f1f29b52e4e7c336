"""Each attack on the GraphQL door: CPU until it is refused, and the memory that a thousand of them leave behind."""

import json
import subprocess
import sys
from collections.abc import Iterator

from bench.bench import Figure
from bench.world import ROOT, world

MAX_CPU_MS, MAX_GROWTH_MB = 20, 8
PASSWORD = "a password for the bench"
INSIDE = """
import json, resource, sys, time, django
django.setup()
import logging
logging.disable(logging.CRITICAL)
from django.test import Client
from regulars.platform import buckets
from tests.graphql.attacks import ATTACKS

key = sys.argv[1]
buckets.BUCKET_TOKENS = 1_000_000
client = Client(headers={"host": "localhost", "authorization": "Bearer " + key})
def attack(query):
    body = json.dumps({"query": query, "variables": {"n": 100}})
    answer = client.post("/graphql/", body, content_type="application/json")
    assert answer.status_code == 400, answer.content
    return answer
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 1e6

seen = {}
for name, (query, code) in ATTACKS.items():
    assert attack(query).json()["errors"][0]["extensions"]["code"] == code, name
    times = []
    for _ in range(7):
        began = time.process_time()
        attack(query)
        times.append((time.process_time() - began) * 1000)
    seen[name] = sorted(times)[3]
queries = [query for query, _code in ATTACKS.values()]
for number in range(300):
    attack(queries[number % len(queries)])
before = resident()
for number in range(1000):
    attack(queries[number % len(queries)])
print(json.dumps({"cpu": seen, "growth": resident() - before}))
"""


def run() -> Iterator[Figure]:
    with world() as made:
        made.run(
            "create_tenant", "--slug", "attacked", "--name", "A", "--email", "a@example.com",
            "--password", PASSWORD, login="owner",
        )  # fmt: skip
        key = made.run("create_api_key", "--tenant", "attacked")["key"]
        done = subprocess.run(
            [sys.executable, "-c", INSIDE, key],
            cwd=ROOT,
            env=made.environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    seen = json.loads(done.stdout.strip().splitlines()[-1])
    for name, cpu in seen["cpu"].items():
        yield Figure("graphql_attacks", name, cpu, "ms CPU", target=f"<= {MAX_CPU_MS}", ok=cpu <= MAX_CPU_MS)
    yield Figure(
        "graphql_attacks", "memory of 1,000", seen["growth"], "MB", target=f"<= {MAX_GROWTH_MB}",
        ok=seen["growth"] <= MAX_GROWTH_MB,
    )  # fmt: skip
