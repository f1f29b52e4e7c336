"""The base of every background task: it carries its tenant, or does not run.

A message is only a wake-up (a tenant, at most a row's id); the truth is read again from the database.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol, cast

import structlog
from celery import current_app, shared_task

from regulars.platform import quarantine, tenancy

log = structlog.get_logger(__name__)


class Task(Protocol):
    name: str

    def __call__(self, *, tenant: str, **kwargs: Any) -> Any: ...


class PublicTask(Protocol):
    name: str

    def __call__(self, **kwargs: Any) -> Any: ...


def task(work: Callable[..., Any]) -> Task:
    """A task of one tenant, named ``<room>.<function>`` so that moving a module strands no message.

    Called without ``tenant`` it raises NoTenant; a tenant in quarantine waits for the next sweep. Which queue
    it goes to is said once, by that name, in settings.CELERY_TASK_ROUTES.
    """

    @wraps(work)
    def run(*, tenant: str = "", **kwargs: Any) -> Any:
        if quarantine.holds(tenant):
            return None
        with tenancy.opened(tenant):
            return work(**kwargs)

    return cast(Task, _declared(work, run))


def public_task(work: Callable[..., Any]) -> PublicTask:
    """One of the few tasks that belong to no tenant: sweepers, provisioning."""

    @wraps(work)
    def run(**kwargs: Any) -> Any:
        with tenancy.shared():
            return work(**kwargs)

    return cast(PublicTask, _declared(work, run))


def send(name: str, **kwargs: Any) -> None:
    """Wake a worker. Only platform calls it: a message may be lost, so a row must stand behind each."""
    current_app.send_task(name, kwargs=kwargs, retry=False)


def _declared(work: Callable[..., Any], run: Callable[..., Any]) -> Any:
    room = work.__module__.split(".")[-2]
    return shared_task(name=f"{room}.{work.__name__}", acks_late=True)(run)
