from datetime import timedelta

import pytest

from regulars.crm_core.customers import contacts
from regulars.integrations.email import campaigns, forgetting, ledger, reaping, sending, suppression
from regulars.integrations.email.models import Recipient, RecipientState
from regulars.platform import ids
from regulars.platform.facts.models import Fact, Reaction
from tests.factories.commerce import NOON
from tests.factories.customers import said
from tests.factories.mails import customer, launched, mail

pytestmark = pytest.mark.usefixtures("tenant")
State = RecipientState
LATER = NOON + timedelta(minutes=1)
LEASE = timedelta(minutes=2)
GONE_BY = NOON + timedelta(minutes=3)


def states(campaign):
    rows = Recipient.objects.filter(campaign=campaign).order_by("pk")
    return list(rows.values_list("state", flat=True))


def claimed(campaign, *, worker="one", most=50, at=NOON):
    return ledger.claim(campaign=campaign.pk, worker=worker, most=most, at=at, lease=at + LEASE)


def stepped(row, *, accepted=None, worker="one", at=NOON):
    return ledger.step(
        accepted=accepted and accepted.pk, following=row.pk, worker=worker, at=at, lease=at + LEASE
    )


def facts(name):
    return Fact.objects.filter(name=name).count()


@pytest.fixture
def campaign():
    """One that is being sent to three people."""
    made = launched()
    for name in ("ana", "bea", "cem"):
        mail(made, customer(f"{name}@example.com"))
    return made


class TestClaim:
    def test_gives_a_row_to_one_worker(self, campaign):
        first, second = claimed(campaign, most=2), claimed(campaign, worker="two")

        assert [row.email for row in first] == ["ana@example.com", "bea@example.com"]
        assert [row.email for row in second] == ["cem@example.com"]

    def test_skips_whoever_may_not_be_mailed_any_more(self, campaign):
        rows = {row.email: row for row in campaign.recipients.select_related("contact")}
        said(rows["ana@example.com"].contact, yes=False, at=LATER)
        suppression.add(email="BEA@example.com", reason="complaint", at=LATER)
        contacts.redact(contact=rows["cem@example.com"].contact_id, at=LATER)

        assert claimed(campaign, at=LATER) == []
        skipped = campaign.recipients.order_by("pk").values_list("state", "reason", "worker")
        assert list(skipped) == [(State.SKIPPED, why, "") for why in ("refused", "suppressed", "erased")]

    def test_takes_nothing_from_a_campaign_that_is_not_sending(self, campaign):
        sending.pause(campaign_id=campaign.pk, at=NOON)

        assert claimed(campaign) == []
        assert states(campaign) == [State.PENDING] * 3

    def test_waits_until_a_rows_time(self, campaign):
        campaign.recipients.update(not_before=LATER)

        assert claimed(campaign) == []
        assert len(claimed(campaign, at=LATER)) == 3


class TestStep:
    def test_marks_the_accepted_one_and_puts_the_next_in_flight(self, campaign):
        first, second, _ = claimed(campaign)

        assert stepped(first)
        assert stepped(second, accepted=first, at=LATER)

        assert states(campaign) == [State.SENT, State.INFLIGHT, State.CLAIMED]
        first.refresh_from_db()
        assert (first.sent_at, first.attempts) == (LATER, 1)

    @pytest.mark.parametrize("stop", [sending.pause, sending.cancel])
    def test_hands_nothing_over_once_it_is_stopped_but_keeps_what_was_accepted(self, campaign, stop):
        first, second, _ = claimed(campaign)
        stepped(first)
        stop(campaign_id=campaign.pk, at=LATER)

        assert not stepped(second, accepted=first)

        assert states(campaign)[0] == State.SENT

    def test_hands_nothing_over_to_one_who_refused_after_the_claim(self, campaign):
        first, *_ = claimed(campaign)
        said(first.contact, yes=False, at=LATER)

        assert not stepped(first)
        assert ledger.skip_if_refused(row=first.pk, worker="one")
        assert states(campaign) == [State.SKIPPED, State.CLAIMED, State.CLAIMED]

    def test_hands_nothing_over_that_another_worker_holds(self, campaign):
        first, *_ = claimed(campaign)
        ledger.reap(at=GONE_BY)
        claimed(campaign, worker="two", at=GONE_BY)

        assert not stepped(first)
        assert states(campaign) == [State.CLAIMED] * 3


class TestReap:
    def test_frees_what_was_claimed_and_leaves_in_doubt_what_was_in_flight(self, campaign):
        first, *_ = claimed(campaign)
        stepped(first)

        assert ledger.reap(at=NOON + LEASE) == (0, 0)
        assert ledger.reap(at=GONE_BY) == (2, 1)

        assert states(campaign) == [State.UNCERTAIN, State.PENDING, State.PENDING]

    def test_believes_a_slow_worker_that_heard_yes_after_all(self, campaign):
        first, *_ = claimed(campaign)
        stepped(first)
        ledger.reap(at=GONE_BY)

        ledger.accept(row=first.pk, worker="one", at=GONE_BY)

        assert states(campaign)[0] == State.SENT


class TestPauseAndResume:
    def test_are_told_once_each(self, campaign):
        for _ in range(2):
            sending.pause(campaign_id=campaign.pk, at=NOON)
        for _ in range(2):
            sending.resume(campaign_id=campaign.pk, at=LATER)

        campaign.refresh_from_db()
        assert (campaign.state, campaign.paused_at) == ("sending", None)
        assert [facts(f"campaign.{word}") for word in ("paused", "resumed", "sending")] == [1, 1, 1]

    @pytest.mark.parametrize("state", ["draft", "finished", "cancelled"])
    @pytest.mark.parametrize("verb", [sending.pause, sending.resume, sending.cancel])
    def test_are_refused_when_it_is_not_under_way(self, state, verb):
        campaign = launched(state=state)

        with pytest.raises(sending.NotUnderWay):
            verb(campaign_id=campaign.pk, at=NOON)

        campaign.refresh_from_db()
        assert campaign.state == state

    def test_know_no_campaign_of_others(self):
        with pytest.raises(campaigns.UnknownCampaign):
            sending.pause(campaign_id=ids.new(), at=NOON)

    def test_leave_one_minder_however_often(self, campaign):
        sending.start(campaign, at=NOON)
        for _ in range(3):
            sending.pause(campaign_id=campaign.pk, at=NOON)
            sending.resume(campaign_id=campaign.pk, at=NOON)
        owed = Reaction.objects.filter(follower=reaping.MINDER, done_at=None)

        while (due := owed.filter(due_at__lte=NOON).first()) is not None:
            reaping.mind(campaign_id=campaign.pk, at=NOON)
            due.finish(at=NOON)

        assert owed.count() == 1


class TestCancel:
    def test_leaves_out_whoever_has_no_mail_yet(self, campaign):
        first, _held = claimed(campaign, most=2)
        stepped(first)

        sending.cancel(campaign_id=campaign.pk, at=LATER)

        assert states(campaign) == [State.INFLIGHT, State.SKIPPED, State.SKIPPED]
        ledger.accept(row=first.pk, worker="one", at=LATER)
        assert states(campaign)[0] == State.SENT


class TestMind:
    def test_closes_a_campaign_of_which_every_mail_met_its_fate(self, campaign):
        campaign.recipients.update(state=State.SENT)

        reaping.mind(campaign_id=campaign.pk, at=LATER)

        campaign.refresh_from_db()
        assert (campaign.state, campaign.finished_at) == ("finished", LATER)
        assert (facts("campaign.finished"), facts("campaign.sending")) == (1, 0)

    def test_looks_again_soon_while_a_mail_is_open(self, campaign):
        reaping.mind(campaign_id=campaign.pk, at=LATER)

        assert Reaction.objects.get(follower=reaping.MINDER).due_at == LATER + reaping.MIND_EVERY

    def test_minds_a_paused_campaign_as_long_as_a_worker_holds_a_mail(self, campaign):
        stepped(claimed(campaign)[0])
        sending.pause(campaign_id=campaign.pk, at=NOON)

        reaping.mind(campaign_id=campaign.pk, at=LATER)
        reaping.mind(campaign_id=campaign.pk, at=GONE_BY)

        assert states(campaign) == [State.UNCERTAIN, State.PENDING, State.PENDING]
        assert facts("campaign.sending") == 1

    def test_gives_up_what_a_server_put_off_until_after_the_end(self, campaign):
        first = claimed(campaign, most=1)[0]
        stepped(first)
        sending.cancel(campaign_id=campaign.pk, at=NOON)
        ledger.defer(row=first.pk, worker="one", reason="451 later", not_before=LATER)

        reaping.mind(campaign_id=campaign.pk, at=LATER)

        assert states(campaign) == [State.SKIPPED] * 3
        assert facts("campaign.sending") == 0


class TestSettleUncertain:
    @pytest.fixture
    def doubtful(self, campaign):
        campaign.recipients.update(state=State.SENT)
        one = campaign.recipients.order_by("pk").first()
        campaign.recipients.filter(pk=one.pk).update(state=State.UNCERTAIN, worker="gone", attempts=1)
        sending.finish_if_done(campaign_id=campaign.pk, at=NOON)
        return one

    def test_sends_again_when_the_owner_says_so(self, campaign, doubtful):
        assert reaping.settle_uncertain(campaign_id=campaign.pk, send_again=True, at=LATER) == 1

        campaign.refresh_from_db()
        assert (campaign.state, campaign.finished_at) == ("sending", None)
        assert [row.pk for row in claimed(campaign)] == [doubtful.pk]

    def test_leaves_them_when_the_owner_says_so(self, campaign, doubtful):
        assert reaping.settle_uncertain(campaign_id=campaign.pk, send_again=False, at=LATER) == 1
        assert reaping.settle_uncertain(campaign_id=campaign.pk, send_again=True, at=LATER) == 0

        doubtful.refresh_from_db()
        assert (doubtful.state, doubtful.reason) == (State.SKIPPED, "uncertain")


class TestForget:
    def test_leaves_no_address_and_mails_it_never_again(self, campaign):
        row = campaign.recipients.get(email="ana@example.com")
        contacts.redact(contact=row.contact_id, at=LATER)

        assert forgetting.forget(contact=row.contact_id, at=LATER) == 1
        assert forgetting.forget(contact=row.contact_id, at=LATER) == 0

        row.refresh_from_db()
        assert (row.email.endswith(".invalid"), row.state) == (True, State.SKIPPED)
        assert suppression.reason(email="ana@example.com") == "erased"
