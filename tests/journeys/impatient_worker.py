"""A real Celery worker whose leases run out in a second, so that a test needs no minutes.

``python -m tests.journeys.impatient_worker``; the database and the broker come from the environment.
"""

from datetime import timedelta

import django

django.setup()

from regulars.celery import app  # noqa: E402
from regulars.platform import inbox  # noqa: E402
from regulars.platform.facts import facts, models  # noqa: E402

LEASE = timedelta(seconds=1)

inbox.LEASE = models.LEASE = LEASE
inbox.RETRY_AFTER = models.RETRY_AFTER = timedelta(seconds=0.5)
inbox.MAX_ATTEMPTS = models.MAX_ATTEMPTS = facts.MAX_ATTEMPTS = 1000

if __name__ == "__main__":
    app.worker_main(
        ["worker", "-P", "threads", "-c", "4", "-Q", "default,webhooks,insight", "--loglevel", "ERROR"]
        + ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    )
