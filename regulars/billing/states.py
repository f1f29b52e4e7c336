"""The one table of states: what the payer's side says, and the time, to what a workspace is worth.

Pure, and total: any status leads to exactly one state. Time alone never gives access back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from regulars.billing import plans
from regulars.billing.gateway import Remote
from regulars.billing.plans import Terms
from regulars.tenants.models import Access


class State(StrEnum):
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"  # full access for some days more
    RESTRICTED = "restricted"  # read-only, no mail
    SUSPENDED = "suspended"  # billing and export only
    CLOSED = "closed"  # may be deleted


class Ground(StrEnum):
    """What a status of the payer's side means to us."""

    TRIED = "tried"
    PAID = "paid"
    OWED = "owed"  # the ladder, from its first step
    OWED_LONG = "owed_long"  # the ladder without grace
    ENDED = "ended"  # owed when nobody paid, else nothing
    NOTHING = "nothing"  # no subscription: our own trial, then the free plan


GROUNDS: Mapping[str, Ground] = {
    "trialing": Ground.TRIED,
    "active": Ground.PAID,
    "past_due": Ground.OWED,
    "unpaid": Ground.OWED_LONG,
    "paused": Ground.OWED_LONG,
    "canceled": Ground.ENDED,
    "incomplete": Ground.NOTHING,
    "incomplete_expired": Ground.NOTHING,
}
NEW_WORD = Ground.OWED  # a status we have not heard of yet locks nobody out at once
ACCESS: Mapping[State, Access] = {
    State.TRIALING: Access.FULL,
    State.ACTIVE: Access.FULL,
    State.PAST_DUE: Access.FULL,
    State.RESTRICTED: Access.READ_ONLY,
    State.SUSPENDED: Access.BILLING_ONLY,
    State.CLOSED: Access.BILLING_ONLY,
}


@dataclass(frozen=True)
class Standing:
    """``until``: when time alone leads to the next state; None: it does not."""

    state: State
    plan: str
    until: datetime | None = None

    @property
    def access(self) -> Access:
        return ACCESS[self.state]


def standing(
    remote: Remote | None, *, trial_ends_at: datetime, now: datetime, terms: Terms | None = None
) -> Standing:
    """What a workspace is worth at ``now``."""
    if remote is None:
        return _without_subscription(trial_ends_at, now=now)
    ground = GROUNDS.get(remote.status, NEW_WORD)
    if ground is Ground.ENDED:
        is_owed = remote.ended_unpaid and remote.unpaid_since is not None
        ground = Ground.OWED_LONG if is_owed else Ground.NOTHING
    if ground is Ground.NOTHING:
        return _without_subscription(trial_ends_at, now=now)
    if ground is Ground.TRIED:
        return Standing(State.TRIALING, remote.plan)
    if ground is Ground.PAID:
        return Standing(State.ACTIVE, remote.plan)
    return _owing(remote, now=now, terms=terms or plans.terms(), has_grace=ground is Ground.OWED)


def _without_subscription(trial_ends_at: datetime, *, now: datetime) -> Standing:
    if now < trial_ends_at:
        return Standing(State.TRIALING, plans.TRIAL, trial_ends_at)
    return Standing(State.ACTIVE, plans.FREE)


def _owing(remote: Remote, *, now: datetime, terms: Terms, has_grace: bool) -> Standing:
    ends = remote.unpaid_since or remote.started_at
    ladder: list[tuple[State, timedelta]] = [
        (State.PAST_DUE, terms.grace),
        (State.RESTRICTED, terms.restricted),
        (State.SUSPENDED, terms.suspended),
    ]
    for state, lasts in ladder:
        ends += lasts
        if now < ends and (has_grace or state is not State.PAST_DUE):
            return Standing(state, remote.plan, ends)
    return Standing(State.CLOSED, remote.plan)
