"""The one alarm clock: a bell says that something in a tenant's schema is due at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

from regulars.platform import tenancy, wakes
from regulars.platform.models import Bell

ANSWER = "facts.work"  # a task's name, because the task stands above this module
OVERDUE_AFTER = timedelta(seconds=20)


def ring(*, due_at: datetime, now: datetime) -> None:
    """Promise the open tenant a look at ``due_at``; call it in the transaction that needs the look."""
    tenancy.require_atomic()
    tenant = tenancy.current()
    Bell.objects.create(tenant=tenant, due_at=due_at)
    if due_at <= now:
        tenancy.after_commit(partial(wakes.call, ANSWER, tenant=tenant))


@contextmanager
def answered(*, at: datetime) -> Iterator[None]:
    """Take the open tenant's due bells down when the work inside is done, but none that rang meanwhile."""
    tenant = tenancy.current()
    with tenancy.shared():
        heard = list(Bell.objects.filter(tenant=tenant, due_at__lte=at).values_list("pk", flat=True))
    yield
    with tenancy.shared():
        Bell.objects.filter(pk__in=heard).delete()


def sweep(*, at: datetime) -> int:
    """Wake every tenant with an unanswered bell: an alarm that came due, or a message the broker lost."""
    with tenancy.shared():
        overdue = Bell.objects.filter(due_at__lte=at - OVERDUE_AFTER)
        late = list(overdue.order_by("tenant").values_list("tenant", flat=True).distinct())
    for tenant in late:
        wakes.call(ANSWER, tenant=tenant)
    return len(late)
