from datetime import timedelta

import pytest
from django.utils import timezone

from regulars.crm_core.customers.models import Contact
from regulars.platform import bells, ids, tenancy
from regulars.platform.facts import facts
from regulars.platform.facts.models import LEASE, Fact, Reaction
from regulars.platform.models import Bell
from regulars.platform.tasks import task

NOW = timezone.now()
pytestmark = pytest.mark.usefixtures("tenant")


class FollowerSpy:
    name = "spy.follow"

    def __init__(self):
        self.heard, self.problem = [], None

    def __call__(self, *, tenant, subject_id):
        self.heard.append((tenant, subject_id))
        Contact.objects.create(name="half done", appeared_at=NOW, changed_at=NOW)
        if self.problem:
            raise self.problem


@pytest.fixture
def follower(monkeypatch):
    spy = FollowerSpy()
    monkeypatch.setattr("regulars.reactions.FOLLOWERS", {"tea.poured": [spy], "tea.cold": []})
    return spy


def recorded(name="tea.poured", **more):
    with tenancy.atomic():
        return facts.record(name, subject_id=ids.new(), at=NOW, **more)


def bells_hanging():
    with tenancy.shared():
        return Bell.objects.count()


class TestRecord:
    def test_notes_the_fact_what_is_owed_and_a_bell(self, follower):
        fact = recorded()

        assert Reaction.objects.get().follower == "spy.follow"
        assert Reaction.objects.get().fact == fact
        assert bells_hanging() == 1

    def test_rings_no_bell_when_nobody_follows(self, follower):
        recorded("tea.cold")

        assert Fact.objects.count() == 1
        assert (Reaction.objects.count(), bells_hanging()) == (0, 0)

    def test_refuses_a_name_without_a_line_and_keeps_nothing(self, follower):
        with pytest.raises(facts.UnknownFact):
            recorded("tea.unheard_of")

        assert not Fact.objects.exists()

    def test_leaves_nothing_behind_when_the_use_case_fails(self, follower):
        with pytest.raises(ZeroDivisionError), tenancy.atomic():
            facts.record("tea.poured", subject_id=ids.new(), at=NOW)
            raise ZeroDivisionError

        assert (Fact.objects.count(), Reaction.objects.count(), bells_hanging()) == (0, 0, 0)


class TestWork:
    def test_lets_each_follower_deal_with_its_fact_once(self, follower, tenant):
        fact = recorded()

        assert facts.work(at=NOW) == 1
        assert facts.work(at=NOW) == 0

        assert follower.heard == [(tenant, str(fact.subject_id))]
        assert facts.is_settled(fact)

    def test_waits_until_a_reaction_is_due(self, follower):
        recorded(due_at=NOW + timedelta(days=3))

        assert facts.work(at=NOW + timedelta(days=2)) == 0
        assert facts.work(at=NOW + timedelta(days=3)) == 1

    def test_undoes_what_a_failing_follower_had_half_done_and_counts_it(self, follower):
        follower.problem = ZeroDivisionError("spilled")
        recorded()

        facts.work(at=NOW)

        reaction = Reaction.objects.get()
        assert not Contact.objects.exists()
        assert (reaction.attempts, reaction.done_at, reaction.locked_until) == (1, None, None)
        assert "spilled" in reaction.error
        assert reaction.due_at == NOW + timedelta(minutes=1)

    def test_survives_a_follower_whose_sql_broke_the_transaction(self, follower, monkeypatch):
        monkeypatch.setattr(FollowerSpy, "__call__", lambda *_, **__: tenancy.rows("SELECT 1/0"))
        recorded()

        facts.work(at=NOW)

        assert "division by zero" in Reaction.objects.get().error

    def test_gives_up_after_five_and_takes_up_again_on_replay(self, follower):
        follower.problem = ZeroDivisionError()
        recorded()
        at = NOW
        for _ in range(7):
            facts.work(at=at)
            at += timedelta(hours=2)
        assert len(follower.heard) == 5

        follower.problem = None
        assert facts.replay_dead(at=at) == 1
        facts.work(at=at)

        assert Reaction.objects.get().done_at == at

    def test_makes_a_dead_letter_of_a_follower_that_kills_its_process(self, follower):
        follower.problem = KeyboardInterrupt()
        recorded()
        at = NOW

        for _ in range(5):
            with pytest.raises(KeyboardInterrupt):
                facts.work(at=at)
            assert facts.work(at=at) == 0
            at += LEASE + timedelta(seconds=1)

        assert facts.work(at=at) == 0
        assert list(Reaction.objects.dead(at=at)) == [Reaction.objects.get()]

    def test_hangs_a_bell_for_what_others_hold(self, follower):
        recorded()
        Reaction.objects.update(locked_until=NOW + timedelta(minutes=4), attempts=1)

        assert facts.work(at=NOW) == 0

        with tenancy.shared():
            assert Bell.objects.filter(due_at__gt=NOW + timedelta(minutes=4)).count() == 1


class TestAnswered:
    def test_takes_down_the_bells_it_heard_but_none_that_rang_meanwhile(self, follower):
        recorded()

        with bells.answered(at=NOW):
            recorded()

        assert bells_hanging() == 1

    def test_leaves_the_bells_when_the_work_fails(self, follower):
        recorded()

        with pytest.raises(ZeroDivisionError), bells.answered(at=NOW):
            raise ZeroDivisionError

        assert bells_hanging() == 1


class TestSweep:
    def test_wakes_tenants_whose_bell_nobody_answered(self, follower):
        recorded()

        assert bells.sweep(at=NOW + timedelta(seconds=10)) == 0
        assert bells.sweep(at=NOW + bells.OVERDUE_AFTER) == 1


class TestTask:
    def test_refuses_to_run_without_a_tenant(self):
        @task
        def pour(**_newer):
            raise AssertionError("must not run")

        for tenant in ("", "public"):
            with pytest.raises(tenancy.NoTenant):
                pour(tenant=tenant)
