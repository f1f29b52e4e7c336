"""SQL statements that tenancy adds to a warm request: to resolve, to enter, to leave."""

import json
import subprocess
import sys
from collections.abc import Iterator

from bench.bench import Figure
from bench.world import ROOT, world

PASSWORD = ("--password", "a password for the bench")
# Every statement that psycopg sends counts, during one warm request of a signed-in member through the real middleware and pool.
INSIDE = """
import json, django
django.setup()
from django.core.signals import request_finished, request_started
from django.db import connection
from django.test import Client
from regulars.platform import tenancy
from regulars.platform.database.base import ENTER
from regulars.platform.database.pool import LEAVE
import psycopg

sent = []
plain = psycopg.Cursor.execute
def counted(self, query, params=None, **more):
    sent.append(str(query))
    return plain(self, query, params, **more)
psycopg.Cursor.execute = counted

public = Client(headers={"host": "localhost"})
answer = public.post("/sign-in/", {"email": "b@example.com", "password": "a password for the bench"})
client = Client(headers={"host": "benched.localhost"})
client.get("/enter/?" + answer["Location"].partition("?")[2])
for _ in range(3):
    assert client.get("/customers/").status_code == 200
connection.close()
sent.clear()
client.get("/customers/")
connection.close()
entering = sum(query == ENTER for query in sent)
resolving = sum("tenants_domain" in query for query in sent)
leaving = sum(query == LEAVE for query in sent)
print(json.dumps({"entering": entering, "resolving": resolving, "leaving": leaving, "sent": sent}))
"""


def run() -> Iterator[Figure]:
    with world() as made:
        made.run(
            "create_tenant",
            "--slug",
            "benched",
            "--name",
            "B",
            "--email",
            "b@example.com",
            *PASSWORD,
            login="owner",
        )
        done = subprocess.run(
            [sys.executable, "-c", INSIDE],
            cwd=ROOT,
            env=made.environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    seen = json.loads(done.stdout.strip().splitlines()[-1])
    for part, target in (("resolving", 0), ("entering", 1), ("leaving", 1)):
        value = seen[part]
        yield Figure("request", part, value, "statements", target=f"<= {target}", ok=value <= target)
