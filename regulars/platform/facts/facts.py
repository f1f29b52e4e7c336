"""Recording what happened, and letting the followers of each fact deal with it."""

import os
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.utils.module_loading import import_string

from regulars.platform import bells, tenancy
from regulars.platform.facts.models import MAX_ATTEMPTS, Fact, Reaction
from regulars.platform.tasks import Task

log = structlog.get_logger(__name__)

AT_A_TIME = 50


class UnknownFact(RuntimeError):
    """A fact that ``reactions.py`` has no line for: a bug."""


def record(
    name: str,
    *,
    subject_id: UUID,
    at: datetime,
    actor_id: UUID | None = None,
    origin: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    due_at: datetime | None = None,
) -> Fact:
    """Note a fact next to the change that caused it, and what each follower owes it.

    ``at`` is when it happened, ``due_at`` when followers should look (default: at once). Followers hear
    ids only and look up the present state, so a late or repeated call carries no old data. Raises
    RuntimeError outside a transaction and UnknownFact for a name without a line in ``reactions.py``.
    """
    tenancy.require_atomic()
    followers = [follower.name for follower in _followers(name)]
    fact = Fact.objects.create(
        name=name,
        subject_id=subject_id,
        actor_id=actor_id,
        origin=origin,
        before=before,
        after=after,
        happened_at=at,
    )
    if followers:
        due = due_at or at
        Reaction.objects.bulk_create(Reaction(fact=fact, follower=each, due_at=due) for each in followers)
        bells.ring(due_at=due, now=at)
    return fact


def work(*, at: datetime, most: int = AT_A_TIME) -> int:
    """Let followers deal with what is due in the open tenant; side by side with other workers.

    Returns how many reactions were dealt with, well or badly: fewer than ``most`` when none is left.
    """
    dealt_with = 0
    while dealt_with < most and (reaction := _claimed(at=at)) is not None:
        _deal_with(reaction, at=at)
        dealt_with += 1
    if dealt_with < most:
        _mind_what_others_hold(at=at)
    return dealt_with


def is_settled(fact: Fact) -> bool:
    """Has every follower finished with this fact?"""
    return not Reaction.objects.filter(fact=fact, done_at=None).exists()


@tenancy.atomic
def replay_dead(*, at: datetime) -> int:
    """Give every dead reaction of the open tenant its attempts back; returns how many."""
    dead = list(Reaction.objects.dead(at=at).select_for_update(skip_locked=True))
    for reaction in dead:
        reaction.replay(at=at)
    if dead:
        bells.ring(due_at=at, now=at)
    return len(dead)


@tenancy.atomic
def _claimed(*, at: datetime) -> Reaction | None:
    due = Reaction.objects.due(at=at).select_for_update(skip_locked=True)
    reaction = due.order_by("due_at", "pk").first()
    if reaction is not None:
        reaction.claim(at=at)
    return reaction


@tenancy.atomic
def _mind_what_others_hold(*, at: datetime) -> None:
    # Should their process die, somebody must look again when the lease has run out.
    held = Reaction.objects.filter(done_at=None, attempts__lt=MAX_ATTEMPTS, locked_until__gte=at)
    last = held.order_by("-locked_until").values_list("locked_until", flat=True).first()
    if last is not None:
        bells.ring(due_at=last + timedelta(seconds=1), now=at)


def _deal_with(reaction: Reaction, *, at: datetime) -> None:
    fact = reaction.fact
    try:
        with tenancy.atomic():  # what a failing follower had half done is undone
            follower = {task.name: task for task in _followers(fact.name)}[reaction.follower]
            follower(tenant=tenancy.current(), subject_id=str(fact.subject_id))
            reaction.finish(at=at)
    except Exception as problem:
        _give_back(reaction, error=repr(problem), at=at)


@tenancy.atomic
def _give_back(reaction: Reaction, *, error: str, at: datetime) -> None:
    reaction.fail(error=error, at=at)
    if reaction.attempts < MAX_ATTEMPTS:
        bells.ring(due_at=reaction.due_at, now=at)
        log.warning("reaction_failed", follower=reaction.follower, attempts=reaction.attempts, error=error)
    else:
        log.error("reaction_is_dead", follower=reaction.follower, error=error, process=os.getpid())


def _followers(name: str) -> Sequence[Task]:
    table: Mapping[str, Sequence[Task]] = import_string(settings.FACT_FOLLOWERS)
    if name not in table:
        raise UnknownFact(f"{name} has no line in reactions.py")
    return table[name]
