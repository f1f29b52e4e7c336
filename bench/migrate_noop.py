"""``migrate_tenants`` with nothing to do over a thousand tenants, beside django-tenants' own command."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median

from bench.bench import Figure
from bench.thousand import Thousand, thousand
from bench.world import ROOT

ROUNDS = 3
SAMPLE = 20
MAX_SECONDS = 3.0
# Of its own process' start nothing is counted.
THEIRS = """
import json, sys, time, django
django.setup()
from django.core.management import call_command
began = time.perf_counter()
for schema in sys.argv[1:]:
    call_command("migrate_schemas", schema_name=schema, tenant=True, verbosity=0)
print(json.dumps((time.perf_counter() - began) / len(sys.argv[1:])))
"""


def run() -> Iterator[Figure]:
    with thousand() as made:
        ours = median(_ours(made) for _ in range(ROUNDS))
        theirs = _theirs(made)
    count = len(made.schemas)
    yield Figure(
        "migrate_noop", f"{count} tenants", ours, "s", target=f"<= {MAX_SECONDS:g}", ok=ours <= MAX_SECONDS
    )
    yield Figure(
        "migrate_noop",
        "a tenant",
        ours / count * 1000,
        "ms",
        baseline=theirs * 1000,
        ratio=ours / count / theirs,
    )


def _ours(made: Thousand) -> float:
    began = time.perf_counter()
    told = made.world.run("migrate_tenants", "--no-spares", login="owner")
    seconds = time.perf_counter() - began
    assert (told["migrated"], told["quarantined"], told["left"]) == (0, [], 0), told
    return seconds


def _theirs(made: Thousand) -> float:
    """Seconds a tenant, over a sample."""
    environment = {**made.world.environment, "REGULARS_LOGIN": "owner"}
    command = [sys.executable, "-c", THEIRS, *made.schemas[:SAMPLE]]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return float(json.loads(done.stdout.strip().splitlines()[-1]))
