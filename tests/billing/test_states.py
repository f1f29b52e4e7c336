"""The table of states: total, and never softened by time alone."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.billing import plans, states
from regulars.billing.gateway import Remote
from regulars.billing.states import GROUNDS, State, standing
from regulars.tenants.models import Access

START = datetime(2026, 11, 1, tzinfo=UTC)
TRIAL_ENDS = START + timedelta(days=14)
HARDER = [Access.FULL, Access.READ_ONLY, Access.BILLING_ONLY]

moments = st.integers(0, 400 * 24).map(lambda hours: START + timedelta(hours=hours))
remotes = st.builds(
    Remote,
    id=st.just("sub_1"),
    status=st.sampled_from([*GROUNDS, "a_word_of_next_year"]),
    plan=st.sampled_from(["starter", "growth"]),
    started_at=moments,
    unpaid_since=st.none() | moments,
    ended_unpaid=st.booleans(),
)


def remote(status, *, unpaid_days=None, ended_unpaid=False):
    since = None if unpaid_days is None else START
    return Remote(
        id="sub_1",
        status=status,
        plan="starter",
        started_at=START - timedelta(days=60),
        unpaid_since=since,
        ended_unpaid=ended_unpaid,
    )


class TestStanding:
    @given(remote=st.none() | remotes, now=moments)
    def test_is_one_of_ours_for_whatever_is_told(self, remote, now):
        found = standing(remote, trial_ends_at=TRIAL_ENDS, now=now)

        assert found.state in State
        assert found.until is None or found.until > now
        assert plans.holds(found.plan) is not None

    @given(remote=st.none() | remotes, now=moments, later=st.integers(0, 400 * 24))
    def test_never_gains_by_time_alone(self, remote, now, later):
        before = standing(remote, trial_ends_at=TRIAL_ENDS, now=now)
        after = standing(remote, trial_ends_at=TRIAL_ENDS, now=now + timedelta(hours=later))

        assert HARDER.index(after.access) >= HARDER.index(before.access)
        given_before, given_after = (
            plans.granted(plan=each.plan, access=each.access, is_over_limit=False) for each in (before, after)
        )
        assert set(given_after) <= set(given_before)

    @given(remote=remotes, now=moments)
    def test_changes_at_the_moment_it_names_and_not_before(self, remote, now):
        found = standing(remote, trial_ends_at=TRIAL_ENDS, now=now)

        if found.until is not None:
            almost = found.until - timedelta(microseconds=1)
            assert standing(remote, trial_ends_at=TRIAL_ENDS, now=almost).state is found.state
            assert standing(remote, trial_ends_at=TRIAL_ENDS, now=found.until) != found

    @pytest.mark.parametrize(
        ("status", "days", "state"),
        [
            ("active", 400, State.ACTIVE),
            ("trialing", 3, State.TRIALING),
            ("past_due", 6, State.PAST_DUE),
            ("past_due", 7, State.RESTRICTED),
            ("past_due", 36, State.RESTRICTED),
            ("past_due", 37, State.SUSPENDED),
            ("past_due", 126, State.SUSPENDED),
            ("past_due", 127, State.CLOSED),
            ("unpaid", 1, State.RESTRICTED),
            ("paused", 1, State.RESTRICTED),
            ("a_word_of_next_year", 1, State.PAST_DUE),
        ],
    )
    def test_walks_down_the_ladder(self, status, days, state):
        now = START + timedelta(days=days)

        assert standing(remote(status, unpaid_days=0), trial_ends_at=START, now=now).state is state

    @pytest.mark.parametrize("status", ["incomplete", "incomplete_expired", "canceled"])
    def test_is_the_trial_and_then_the_free_plan_without_a_subscription(self, status):
        for told in (None, remote(status)):
            trying = standing(told, trial_ends_at=TRIAL_ENDS, now=START)
            after = standing(told, trial_ends_at=TRIAL_ENDS, now=TRIAL_ENDS)

            assert (trying.state, trying.plan, trying.until) == (State.TRIALING, "trial", TRIAL_ENDS)
            assert (after.state, after.plan, after.until) == (State.ACTIVE, "free", None)

    def test_does_not_reward_one_who_let_it_end_unpaid(self):
        told = remote("canceled", unpaid_days=0, ended_unpaid=True)

        assert standing(told, trial_ends_at=TRIAL_ENDS, now=START).state is State.RESTRICTED

    def test_follows_another_table_when_the_terms_are_others(self):
        terms = plans.Terms(
            trial=timedelta(1), grace=timedelta(1), restricted=timedelta(1), suspended=timedelta(1)
        )
        now = START + timedelta(days=2)

        found = standing(remote("past_due", unpaid_days=0), trial_ends_at=START, now=now, terms=terms)

        assert found == states.Standing(State.SUSPENDED, "starter", START + timedelta(days=3))
