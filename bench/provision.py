"""A new tenant from the template against the same DDL sent by psql; attaching a spare; migrations."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median

from bench.bench import Figure
from bench.world import ROOT, World, world
from tests.cluster import BIN

ROUNDS = 9
WARM_UP = 2
INSIDE = """
import json, time, django
django.setup()
from django.utils import timezone
from django.conf import settings
from regulars.platform import tenancy
from regulars.tenants import migrating, provisioning, template
from django.db import connection
from psycopg import sql

def timed(work):
    began = time.perf_counter()
    answer = work()
    return (time.perf_counter() - began) * 1000, answer

made, attached, migrated = [], [], []
for n in range({rounds}):
    connection.close()
    connection.ensure_connection()
    tenancy.rows("SELECT 1")
    made.append(timed(lambda: provisioning.make_spare(at=timezone.now()))[0])
words = dict(currency="EUR", time_zone="UTC", language="en", owner=None, at=timezone.now(), name="Bench")
for n in range({rounds}):
    attached.append(timed(lambda: provisioning.attach(slug=f"bench-{{n}}", **words))[0])
for n in range(3):
    name = sql.Identifier(f"t_migrated_{{n}}")
    tenancy.execute(sql.SQL("CREATE SCHEMA {{}}").format(name))
    migrated.append(timed(lambda: migrating.migrate_schema(f"t_migrated_{{n}}"))[0])
print(json.dumps({{"made": made, "attached": attached, "migrated": migrated}}))
"""


def run() -> Iterator[Figure]:
    with world() as made:
        ours = _inside(made)
        theirs = [_by_psql(made, n) for n in range(ROUNDS)]
    mine, baseline = median(ours["made"][WARM_UP:]), median(theirs[WARM_UP:])
    attach, migrations = median(ours["attached"][WARM_UP:]), median(ours["migrated"])
    print(f"by migrations {migrations:.0f} ms")
    yield Figure(
        "provision",
        "create",
        mine,
        "ms",
        baseline=baseline,
        ratio=mine / baseline,
        target="<= 2",
        ok=mine <= 2 * baseline,
    )
    yield Figure("provision", "attach", attach, "ms", target="<= 50", ok=attach <= 50)


def _inside(made: World) -> dict[str, list[float]]:
    import json

    environment = {**made.environment, "REGULARS_LOGIN": "owner"}
    command = [sys.executable, "-c", INSIDE.format(rounds=ROUNDS)]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    answer: dict[str, list[float]] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def _by_psql(made: World, number: int) -> float:
    """The same statements, one transaction, timed by psql itself so that its start does not count."""
    text = (ROOT / "regulars/tenants/template.sql").read_text().partition("\n")[2]
    statements = text.replace("t_template_2f6e91c4", f"t_by_psql_{number}")
    script = f"\\timing on\nBEGIN;\n\\o /dev/null\n{statements}\nCOMMIT;\n"
    command = [BIN / "psql", made.environment["DATABASE_OWNER_URL"], "-X", "-q", "-v", "ON_ERROR_STOP=1"]
    done = subprocess.run(
        command, input=script, env=dict(os.environ), check=True, capture_output=True, text=True
    )
    return sum(float(found) for found in re.findall(r"Time: ([\d.]+) ms", done.stdout))


if __name__ == "__main__":
    began = time.perf_counter()
    for figure in run():
        print(figure, time.perf_counter() - began)
