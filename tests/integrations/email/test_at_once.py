"""Two owners press the button at the same moment, or one of them twice; one pauses what several send."""

import time
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

import pytest

from regulars.crm_core.insight import metrics
from regulars.integrations.email import campaigns, launching, sending, turns
from regulars.integrations.email.models import Campaign, Recipient, RecipientState
from regulars.platform import tenancy
from regulars.tenants.models import Entitlement
from tests.factories.campaigns import draft, segment
from tests.factories.commerce import NOON
from tests.factories.mails import EVERYBODY, customer, on_its_way, sender
from tests.fakes.mail_sink import Sink
from tests.together import at_once


@pytest.fixture
def tenant(new_tenant):
    with tenancy.opened(new_tenant(currency="EUR").schema_name):
        yield tenancy.current()


def launching_of(campaign):
    def launch():
        try:
            return launching.launch(campaign_id=campaign.pk, version=campaign.version, at=NOON).state
        except launching.CannotLaunch as refused:
            return [problem.code for problem in refused.problems]
        except campaigns.NotADraft:
            return "too late"

    return launch


class TestLaunchAtOnce:
    def test_spends_a_months_mails_once(self, tenant):
        with tenancy.shared():
            rows = Entitlement.objects.filter(tenant__schema_name=tenant, feature="mails")
            assert rows.update(amount=5) == 1
        sender()
        for name in ("ana", "bea", "cem"):
            customer(f"{name}@example.com")
        metrics.recompute(contacts=None, at=NOON)
        everybody = segment(rules=EVERYBODY)
        drafts = [draft(name=name, segment=everybody) for name in ("Spring", "Summer", "Autumn")]

        outcomes = at_once(tenant, *map(launching_of, drafts))

        assert sorted(map(str, outcomes)) == ["['over_quota']", "['over_quota']", "sending"]
        assert sorted(Campaign.objects.values_list("state", flat=True)) == ["draft", "draft", "sending"]
        assert Recipient.objects.count() == 3

    def test_freezes_one_campaign_once(self, tenant):
        sender()
        customer()
        metrics.recompute(contacts=None, at=NOON)
        spring = draft(segment=segment(rules=EVERYBODY))

        outcomes = at_once(tenant, *[launching_of(spring)] * 3)

        assert sorted(outcomes) == ["sending", "too late", "too late"]
        assert Recipient.objects.count() == 1


class TestPauseAtOnce:
    SENDERS, MAILS = 3, 45

    def test_is_heard_by_every_sender_within_two_seconds(self, tenant, settings, monkeypatch):
        monkeypatch.setattr(turns, "AT_A_TIME", self.MAILS // self.SENDERS)
        campaign = on_its_way(*[f"reader{number}" for number in range(self.MAILS)])
        later = NOON + timedelta(minutes=1)

        def send():
            with tenancy.apart(tenant):
                return turns.Turn(clock=lambda: later).run()

        with Sink(answer_seconds=0.05) as sink, ThreadPoolExecutor(self.SENDERS) as pool:
            settings.EMAIL_URL = sink.url
            senders = [pool.submit(send) for _ in range(self.SENDERS)]
            while sink.talking < self.SENDERS or sink.accepted.total() < 2 * self.SENDERS:
                assert not any(each.done() for each in senders)
                time.sleep(0.002)

            sending.pause(campaign_id=campaign.pk, at=later)
            before = sink.accepted.total()
            ended = wait(senders, timeout=2)

            assert (ended.not_done, [each.result() for each in ended.done]) == (set(), [False] * self.SENDERS)
            assert not turns.Turn(clock=lambda: later).run()
            taken = sink.accepted.total()

        assert taken - before <= self.SENDERS
        assert set(sink.accepted.values()) == {1}
        states = [row.state for row in Recipient.objects.filter(campaign=campaign)]
        assert states.count(RecipientState.SENT) == taken
        assert states.count(RecipientState.PENDING) == self.MAILS - taken > 0
