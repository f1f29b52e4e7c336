"""Sixteen threads that go from tenant to tenant, with failures and rollbacks in between: 0 wrong reads.

``SWITCHES`` in the environment makes it shorter.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import psycopg
from psycopg import sql

from bench.bench import Figure
from bench.world import ROOT, World, world

THREADS = 16
SWITCHES = int(os.environ.get("SWITCHES", "200000"))
TENANTS = 12
WARM_SECONDS = 2.0
# Through the wrapper, the roles and the pool of production, in one process of sixteen threads.
INSIDE = """
import json, time, django
django.setup()
from django.utils import timezone
from regulars.crm_core.customers.models import Contact
from regulars.platform import tenancy
from regulars.tenants.models import Tenant
from tests.isolation.switching import storm

marks = dict()
for schema, currency in Tenant.objects.filter(state="active").values_list("schema_name", "currency"):
    marks[schema] = ("only of " + schema, currency)
    with tenancy.opened(schema):
        Contact.objects.create(name=marks[schema][0], appeared_at=timezone.now(), changed_at=timezone.now())
began = time.perf_counter()
seen = storm(marks, threads={threads}, switches={switches})
seconds = time.perf_counter() - began
print(json.dumps(dict(wrong=seen.wrong, told=seen.told, switches=seen.switches, faults=seen.faults, seconds=seconds)))
"""
MAKE = """
import django
django.setup()
from django.utils import timezone
from regulars.tenants import provisioning
for n in range({tenants}):
    provisioning.make_spare(at=timezone.now())
    provisioning.attach(
        slug="switched-%d" % n, name="Bench", currency=("EUR", "GBP", "JPY", "CHF")[n % 4], time_zone="UTC",
        language="en", owner=None, at=timezone.now(),
    )
"""


def run() -> Iterator[Figure]:
    name = "isolation_threads"
    with world() as made:
        _python(made, MAKE.format(tenants=TENANTS), login="owner")
        seen = json.loads(_python(made, INSIDE.format(threads=THREADS, switches=SWITCHES)).splitlines()[-1])
        plain = _plain(made)
    print(f"faults on the way: {seen['faults']}; {'; '.join(seen['told'])}")
    each = seen["seconds"] / seen["switches"] * 1000
    yield Figure(name, "wrong reads", seen["wrong"], "reads", target="0", ok=seen["wrong"] == 0)
    is_whole = seen["switches"] == SWITCHES
    yield Figure(name, "switches", seen["switches"], "switches", target=f"{SWITCHES}", ok=is_whole)
    yield Figure(name, "faults", sum(seen["faults"].values()), "faults")
    yield Figure(name, "a switch and its reads", each, "ms", baseline=plain, ratio=each / plain)


def _python(made: World, program: str, *, login: str = "app") -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**made.environment, "REGULARS_LOGIN": login},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout


def _plain(made: World) -> float:
    """Milliseconds to set role and path, ask who one is, and leave, by psycopg on one connection."""
    schemas = "SELECT schema_name FROM tenants_tenant WHERE state = 'active'"
    with psycopg.connect(made.cluster.url("postgres", "regulars"), autocommit=True) as admin:
        names = [sql.Identifier(name) for (name,) in admin.execute(schemas).fetchall()]
    enter, count, began = sql.SQL("SET ROLE {0}; SET search_path = {0}"), 0, time.perf_counter()
    with psycopg.connect(made.cluster.url("regulars_app"), autocommit=True) as login:
        while time.perf_counter() - began < WARM_SECONDS:
            login.execute(enter.format(names[count % len(names)]))
            login.execute("SELECT current_user, current_schema()").fetchone()
            login.execute("RESET ROLE; RESET search_path")
            count += 1
    return (time.perf_counter() - began) / count * 1000
