"""The Celery app and the beat schedule. ``celery -A regulars worker`` finds it here."""

import os
from pathlib import Path

from celery import Celery
from celery.schedules import crontab
from celery.signals import after_task_publish, beat_init, heartbeat_sent, setup_logging
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "regulars.settings.dev")  # noqa: TID251

SWEEP_SECONDS = 15
SPARES_SECONDS = 30
EXPORTS_SECONDS = 60
BILLING_SECONDS = 300

app = Celery("regulars")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.imports = ("regulars.platform.sweeping",)
app.conf.beat_schedule = {
    "sweep": {"task": "platform.sweep", "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
    "spares": {
        "task": "tenants.make_spares",
        "schedule": SPARES_SECONDS,
        "options": {"expires": SPARES_SECONDS},
    },
    "exports": {
        "task": "tenants.make_exports",
        "schedule": EXPORTS_SECONDS,
        "options": {"expires": EXPORTS_SECONDS},
    },
    "deletions": {"task": "tenants.delete_due", "schedule": crontab(minute="7")},
    "billing": {"task": "billing.tick", "schedule": BILLING_SECONDS, "options": {"expires": BILLING_SECONDS}},
    "reconcile-billing": {"task": "billing.reconcile", "schedule": crontab(hour="4", minute="23")},
    "stages": {"task": "insight.revisit_stages", "schedule": crontab(hour="2", minute="41")},
    # Twice a day, so that a domain lapses soon after the day that it is given.
    "domains": {"task": "email.revisit_domains", "schedule": crontab(hour="5,17", minute="11")},
    "expire": {"task": "platform.expire", "schedule": crontab(hour="3", minute="17")},
}


@setup_logging.connect
def _log(**_: object) -> None:
    """Workers log as the web does: one place decides the format."""
    from regulars.platform import observability

    observability.configure_logging()


@heartbeat_sent.connect
def _beat(**_: object) -> None:
    """A worker's main loop turns and has its broker: health checks read the time of this file."""
    if settings.HEARTBEAT:
        Path(settings.HEARTBEAT).touch()


@beat_init.connect
def _mark_what_the_scheduler_sends(**_: object) -> None:
    """The scheduler is well as long as it sends. Workers send, too, and prove nothing by it."""
    after_task_publish.connect(_beat, weak=False)
    _beat()
