"""A campaign while its workers are killed: nobody gets it twice, nobody is skipped, doubt is bounded."""

import json
import subprocess
import sys
from collections.abc import Iterator

from bench.bench import Figure
from bench.world import ROOT, world

RECIPIENTS = 6_000
KILLS = 12
PASSWORD = ("--password", "a password for the bench")


def run() -> Iterator[Figure]:
    with world() as made:
        tenant = ("--slug", "stormy", "--name", "B", "--email", "b@example.com")
        made.run("create_tenant", *tenant, *PASSWORD, login="owner")
        command = [sys.executable, "-m", "tests.journeys.storm", "stormy", str(RECIPIENTS), str(KILLS)]
        done = subprocess.run(
            command, cwd=ROOT, env=made.environment, check=True, stdout=subprocess.PIPE, text=True
        )
    seen = json.loads(done.stdout.strip().splitlines()[-1])
    print(f"{seen['uncertain_but_taken']} of {seen['uncertain']} in doubt had been taken; {seen['state']}")
    whole = seen["recipients"] == RECIPIENTS and seen["kills"] == KILLS and seen["state"] == "finished"
    for name in ("twice", "missed", "wrong"):
        many = len(seen[name])
        yield Figure("campaign_storm", name, many, "mails", target="0", ok=whole and many == 0)
    yield Figure(
        "campaign_storm",
        "uncertain",
        seen["uncertain"],
        "mails",
        target=f"<= {KILLS}",
        ok=whole and seen["uncertain"] <= KILLS,
    )
    yield Figure("campaign_storm", "rate", RECIPIENTS / seen["seconds"], "mails/s")
