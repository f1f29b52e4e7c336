"""The worker's side of facts."""

from django.utils import timezone

from regulars.platform import bells
from regulars.platform.facts import facts
from regulars.platform.tasks import task


@task
def work(**_newer: object) -> None:
    """Answer the tenant's bells: deal with every due reaction."""
    with bells.answered(at=timezone.now()):
        while facts.work(at=timezone.now()) == facts.AT_A_TIME:
            continue
