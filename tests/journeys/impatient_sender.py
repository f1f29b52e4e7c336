"""Real Celery workers for mail whose leases run out in a moment, so that a storm needs no minutes.

``python -m tests.journeys.impatient_sender EMAIL_URL``: reads queues, one a line, forks a worker for each
and says its process id. Forked, because importing everything anew would take longer than the storm.
"""

import os
import signal
import sys
from datetime import timedelta

import django

django.setup()

from django.conf import settings  # noqa: E402

from regulars import reactions, urls_tenant  # noqa: E402, F401 (imported once, before the forks)
from regulars.celery import app  # noqa: E402
from regulars.integrations.email import reaping, turns  # noqa: E402
from regulars.platform.facts import facts, models  # noqa: E402

LEASE = timedelta(seconds=2)

turns.CLAIM_LEASE = turns.IN_FLIGHT_LEASE = LEASE
turns.TURN_SECONDS = 2.0
reaping.MIND_EVERY = timedelta(seconds=0.5)
models.LEASE = timedelta(seconds=1)
models.RETRY_AFTER = timedelta(seconds=0.5)
models.MAX_ATTEMPTS = facts.MAX_ATTEMPTS = reaping.MAX_ATTEMPTS = 1000


def work(queue):
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    app.worker_main(
        ["worker", "-P", "solo", "-Q", queue, "-n", f"{queue}-{os.getpid()}@%h", "--loglevel", "ERROR"]
        + ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    )


if __name__ == "__main__":
    settings.EMAIL_URL = sys.argv[1]
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead leave no trace
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            try:
                work(line.strip())
            finally:
                os._exit(0)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
