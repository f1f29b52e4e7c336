"""Launching to 100,000 customers: judging consent, suppression and duplicates, and writing their rows."""

import json
import subprocess
import sys
from collections.abc import Iterator

from bench.bench import Figure
from bench.world import ROOT, world

PEOPLE = 100_000
TARGET_SECONDS = 5.0
PASSWORD = ("--password", "a password for the bench")
# One in twenty refused, one in a hundred is suppressed; the baseline copies as many bare rows, judging nobody.
INSIDE = """
import json, sys, time, django
django.setup()
from django.utils import timezone
from regulars.integrations.email import audience, suppression
from regulars.integrations.email.models import Recipient
from regulars.platform import tenancy
from regulars.tenants.models import Tenant
from tests.factories.mails import EVERYBODY, launched

many, now = int(sys.argv[1]), timezone.now()
schema = Tenant.objects.get(slug="frozen").schema_name
PEOPLE = '''
    INSERT INTO customers_contact (id, email, first_name, last_name, name, phone, company, city, region,
        country_code, source, tags, appeared_at, changed_at)
    SELECT gen_random_uuid(), 'reader' || n || '@example.com', 'R', 'R', 'R R', '', '', '', '', 'DE', 'bench',
        '{}', now(), now() FROM generate_series(1, %s) n
'''
WORDS = '''
    INSERT INTO customers_consent (contact_id, channel, is_given, ground, evidence, happened_at)
    SELECT id, 'email', hashtext(email) %% 20 <> 0, 'form', '', now() FROM customers_contact
'''
METRICS = '''
    INSERT INTO insight_customermetrics (contact_id, orders_count, total_spent, refunded, profit_is_estimated,
        elsewhere, stage, is_listed, computed_at)
    SELECT id, 1, 10, 0, false, '{}', 'new', true, now() FROM customers_contact
'''
BARE = '''
    INSERT INTO email_recipient (campaign_id, contact_id, email, state, worker, attempts, reason)
    SELECT %s, id, email, 0, '', 0, '' FROM customers_contact
'''

def timed(work):
    began = time.perf_counter()
    with tenancy.atomic():
        answer = work()
    return time.perf_counter() - began, answer

with tenancy.opened(schema):
    with tenancy.atomic():
        tenancy.execute(PEOPLE, [many])
        tenancy.execute(WORDS, [])
        tenancy.execute(METRICS)
        for n in range(1, many, 100):
            suppression.add(email=f"reader{n}@example.com", reason="bounce", at=now)
    tenancy.execute("ANALYZE")
    seen = timed(lambda: audience.counted(EVERYBODY, only=None, at=now))
    ours, bare, rows = [], [], 0
    for round in range(3):
        campaign = launched(f"ours {round}", links=())
        seconds, rows = timed(lambda: audience.freeze(campaign.pk, EVERYBODY, only=None, at=now))
        ours.append(seconds)
        campaign = launched(f"bare {round}", links=())
        bare.append(timed(lambda: tenancy.execute(BARE, [campaign.pk]))[0])
assert rows == seen[1].mailed
print(json.dumps({"ours": ours, "bare": bare, "rows": rows, "counted": seen[0]}))
"""


def run() -> Iterator[Figure]:
    with world() as made:
        tenant = ("--slug", "frozen", "--name", "B", "--email", "b@example.com")
        made.run("create_tenant", *tenant, *PASSWORD, login="owner")
        done = subprocess.run(
            [sys.executable, "-c", INSIDE, str(PEOPLE)],
            cwd=ROOT,
            env=made.environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    seen = json.loads(done.stdout.strip().splitlines()[-1])
    ours, bare = min(seen["ours"]), min(seen["bare"])
    print(f"{seen['rows']:,} of {PEOPLE:,} frozen; counting them for the preflight {seen['counted']:.2f} s")
    yield Figure(
        "freeze",
        "audience of 100,000",
        ours,
        "s",
        baseline=bare,
        ratio=ours / bare,
        target=f"<= {TARGET_SECONDS:g} s",
        ok=ours <= TARGET_SECONDS,
    )
