"""A campaign in a storm: real workers killed with SIGKILL while they hand mails over, the broker emptied.

For the test and for ``make bench NAME=campaign_storm``, which asks ``python -m tests.journeys.storm TENANT``.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from datetime import timedelta

QUEUES = ("mail", "mail", "default")
PATIENCE_SECONDS = 900
ANSWER_SECONDS = 0.004  # long enough for many a mail to be in flight when its worker dies


@dataclass
class Outcome:
    """``missed`` and ``twice`` are addresses; a mail in doubt is neither, whether it was taken or not."""

    recipients: int
    kills: int
    twice: list[str]
    missed: list[str]
    wrong: list[str]
    uncertain: int
    uncertain_but_taken: int
    state: str
    seconds: float


class Workers:
    """Three real ones; ``kill`` one at random, and another takes its place."""

    def __init__(self, url, *, seed):
        self.chance, self.kills = random.Random(seed), 0
        command = [sys.executable, "-m", "tests.journeys.impatient_sender", url]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self.nest = subprocess.Popen(
            command, env={**os.environ, "TEST_WAKES": "sent"}, text=True, bufsize=1, **pipes
        )
        self.running = [self._start(queue) for queue in QUEUES]

    def _start(self, queue):
        self.nest.stdin.write(f"{queue}\n")
        return int(self.nest.stdout.readline())

    def kill(self):
        place = self.chance.randrange(len(QUEUES))
        time.sleep(self.chance.uniform(0, 0.05))
        os.kill(self.running[place], signal.SIGKILL)
        self.running[place] = self._start(QUEUES[place])
        self.kills += 1

    def end(self):
        for each in self.running:
            os.kill(each, signal.SIGKILL)
        self.nest.communicate()


def audience(many, *, at):
    """So many customers who agreed to mail, and a draft to all of them."""
    from regulars.crm_core.customers.models import Consent, Contact
    from regulars.crm_core.insight import metrics
    from tests.factories.campaigns import draft, segment
    from tests.factories.mails import EVERYBODY, sender

    sender(at=at)
    people = [
        Contact(email=f"reader{n}@example.com", name=f"Reader {n}", appeared_at=at, changed_at=at)
        for n in range(many)
    ]
    Contact.objects.bulk_create(people, batch_size=2000)
    words = {"channel": "email", "is_given": True, "ground": "form", "happened_at": at}
    Consent.objects.bulk_create((Consent(contact=each, **words) for each in people), batch_size=2000)
    metrics.recompute(contacts=None, at=at)
    return draft(segment=segment(rules=EVERYBODY), at=at)


def look_around():
    """What the scheduler does every few seconds, with its patience already at an end."""
    from django.utils import timezone

    from regulars.platform import bells

    bells.sweep(at=timezone.now() + timedelta(minutes=2))


def blow(tenant, *, recipients, kills, seed=7):
    """Launch, kill ``kills`` times spread over the run, empty the broker once, wait for the end."""
    import redis
    from django.conf import settings
    from django.utils import timezone

    from regulars.integrations.email import launching
    from regulars.integrations.email.models import Campaign
    from regulars.platform import tenancy
    from tests.fakes.mail_sink import Sink

    with Sink(answer_seconds=ANSWER_SECONDS) as sink, tenancy.opened(tenant):
        draft = audience(recipients, at=timezone.now())
        workers, broker = Workers(sink.url, seed=seed), redis.Redis.from_url(settings.REDIS_URL)
        began, looked = time.monotonic(), 0.0
        try:
            launching.launch(campaign_id=draft.pk, version=draft.version, at=timezone.now())
            marks = [recipients * (number + 1) // (kills + 1) for number in range(kills)]
            is_flushed = False
            while time.monotonic() < began + PATIENCE_SECONDS:
                taken = sink.accepted.total()
                if workers.kills < kills and taken >= marks[workers.kills]:
                    workers.kill()
                if not is_flushed and taken >= recipients // 2:
                    broker.flushall()
                    is_flushed = True
                if time.monotonic() > looked + 1:
                    looked = time.monotonic()
                    look_around()
                    if Campaign.objects.get(pk=draft.pk).state == "finished" and workers.kills == kills:
                        break
                time.sleep(0.01)
        finally:
            workers.end()
        return judged(draft, sink, workers, seconds=time.monotonic() - began)


def judged(draft, sink, workers, *, seconds):
    from regulars.integrations.email.models import Campaign, Recipient, RecipientState

    rows = dict(Recipient.objects.filter(campaign=draft).values_list("email", "state"))
    sent = {email for email, state in rows.items() if state == RecipientState.SENT}
    doubt = {email for email, state in rows.items() if state == RecipientState.UNCERTAIN}
    return Outcome(
        recipients=len(rows),
        kills=workers.kills,
        twice=[email for email in rows if sink.accepted[email] > 1],  # the workers serve other tenants, too
        missed=[email for email in rows if email not in doubt and not sink.accepted[email]],
        wrong=[email for email in rows if email not in sent | doubt],
        uncertain=len(doubt),
        uncertain_but_taken=sum(bool(sink.accepted[email]) for email in doubt),
        state=Campaign.objects.get(pk=draft.pk).state,
        seconds=seconds,
    )


if __name__ == "__main__":
    import django

    django.setup()
    from regulars.tenants.models import Tenant

    schema = Tenant.objects.get(slug=sys.argv[1]).schema_name
    outcome = blow(schema, recipients=int(sys.argv[2]), kills=int(sys.argv[3]))
    sys.stdout.write(json.dumps(asdict(outcome)) + "\n")
