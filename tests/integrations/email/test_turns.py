import time
from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from regulars.crm_core.customers.models import Consent
from regulars.integrations.email import (
    domains,
    ledger,
    providers,
    sending,
    suppression,
    testing,
    touches,
    turns,
)
from regulars.integrations.email.models import Recipient, RecipientState
from regulars.integrations.email.providers.smtp import Smtp
from regulars.integrations.email.providers.smtp import server as smtp
from regulars.integrations.email.tokens import Maker, Purpose
from regulars.platform import tenancy
from regulars.tenants.models import Entitlement
from tests.factories.commerce import NOON
from tests.factories.mails import on_its_way, ready, sender
from tests.fakes.mail_servers import DROP, HANG
from tests.integrations.email.conftest import LATER, rows, states, turn

pytestmark = pytest.mark.usefixtures("tenant")
State = RecipientState


class TestATurn:
    def test_hands_each_mail_over_once_and_closes_the_campaign(self, server):
        campaign = on_its_way("ana", "bea", "cem")

        assert not turn()
        assert not turn()

        assert [to for _, to, _ in server.mails] == [f"{name}@example.com" for name in ("ana", "bea", "cem")]
        assert states(campaign) == [State.SENT] * 3
        campaign.refresh_from_db()
        assert (campaign.state, campaign.finished_at) == ("finished", LATER)

    def test_writes_each_recipients_own_ways_out(self, server, tenant):
        campaign = on_its_way("ana")
        turn()

        row = rows(campaign)["ana"]
        came_from, _, raw = server.mails[0]
        mail = message_from_bytes(raw, policy=policy.default)
        token = Maker().token(Purpose.UNSUBSCRIBE, recipient=row.pk)
        assert mail["List-Unsubscribe"] == f"<http://teashop.localhost:8000/m/u/{token}>"
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert mail["DKIM-Signature"]
        assert mail["X-Regulars-Tenant"] is None
        assert mail["From"] == "Tea shop <news@teashop.example>"
        message = Maker().token(Purpose.MESSAGE, recipient=row.pk)
        assert (mail["Message-ID"], came_from.partition("@")[0]) == (f"<{message}@teashop.example>", message)
        assert (
            f"/m/o/{Maker().token(Purpose.OPEN, recipient=row.pk)}.gif"
            in mail.get_body(("html",)).get_content()
        )

    def test_leaves_out_one_who_unsubscribes_before_the_claim(self, server):
        campaign = on_its_way("ana", "bea")
        touches.unsubscribe(recipient=rows(campaign)["ana"].pk, how="button", at=NOON + timedelta(minutes=1))

        turn()

        assert [to for _, to, _ in server.mails] == ["bea@example.com"]
        assert rows(campaign)["ana"].reason == "refused"
        assert Consent.objects.filter(is_given=False).count() == 1

    def test_is_refused_to_more_workers_than_a_tenant_may_have(self, server):
        campaign = on_its_way(*"abcde")
        for number in range(turns.MAX_SENDERS):
            ledger.claim(
                campaign=campaign.pk, worker=str(number), most=1, at=LATER, lease=LATER + timedelta(minutes=1)
            )

        assert not turn()
        assert server.mails == []

    def test_pauses_a_campaign_when_the_plan_holds_no_mail(self, server, tenant):
        campaign = on_its_way("ana")
        with tenancy.shared():
            Entitlement.objects.filter(tenant__schema_name=tenant, feature="mails").update(amount=0)

        assert not turn()

        campaign.refresh_from_db()
        assert (campaign.state, bool(campaign.problem), server.mails) == ("paused", True, [])
        with pytest.raises(sending.MailNotAllowed):
            sending.resume(campaign_id=campaign.pk, at=LATER)

    def test_stops_at_the_next_mail_when_its_owner_pauses(self, server, monkeypatch):
        campaign = on_its_way("ana", "bea", "cem")
        step = ledger.step

        def pause_then_step(**words):
            if words["accepted"]:
                sending.pause(campaign_id=campaign.pk, at=LATER)
            return step(**words)

        monkeypatch.setattr(ledger, "step", pause_then_step)

        assert not turn()
        assert states(campaign) == [State.SENT, State.PENDING, State.PENDING]

        sending.resume(campaign_id=campaign.pk, at=LATER)
        monkeypatch.undo()
        assert not turn()
        assert len(server.mails) == len({to for _, to, _ in server.mails}) == 3


class TestAServer:
    def test_that_refuses_one_ends_that_mail_and_no_other(self, server_that):
        server_that({"RCPT": ["550 5.1.1 no such mailbox", "250 ok"]})
        campaign = on_its_way("ana", "bea")

        turn()

        assert states(campaign) == [State.REFUSED, State.SENT]
        assert rows(campaign)["ana"].reason == "550 5.1.1 no such mailbox"
        assert suppression.reason(email="ana@example.com") == "bounce"

    def test_that_refuses_by_policy_suppresses_nobody(self, server_that):
        server_that({"RCPT": ["550 5.7.1 policy", "250 ok"]})
        on_its_way("ana")

        turn()

        assert suppression.reason(email="ana@example.com") == ""

    def test_that_wants_us_later_is_asked_later(self, server_that):
        server_that({"RCPT": ["451 later", "250 ok", "250 ok"]})
        campaign = on_its_way("ana", "bea")

        turn()
        assert states(campaign) == [State.PENDING, State.SENT]
        turn()
        assert states(campaign) == [State.PENDING, State.SENT]
        turn(LATER + turns.RETRY_AFTER)

        assert states(campaign) == [State.SENT, State.SENT]
        assert rows(campaign)["ana"].attempts == 2

    def test_that_goes_away_after_the_text_leaves_it_in_doubt(self, server_that):
        server = server_that({"MESSAGE": [DROP]})
        campaign = on_its_way("ana", "bea")

        for _ in range(3):
            turn()

        assert states(campaign) == [State.UNCERTAIN, State.SENT]
        assert len(server.messages) == 2
        campaign.refresh_from_db()
        assert campaign.state == "finished"

    def test_that_hangs_after_the_text_leaves_it_in_doubt_and_the_turn_goes_on(
        self, server_that, monkeypatch
    ):
        port = server_that({"MESSAGE": [HANG]}).port
        impatient = Smtp(host="127.0.0.1", port=port, taken_seconds=0.3)
        monkeypatch.setattr(providers, "provider", lambda: impatient)
        campaign = on_its_way("ana", "bea")

        for _ in range(2):
            turn()

        assert states(campaign) == [State.UNCERTAIN, State.SENT]

    def test_that_never_wants_a_mail_is_given_up_at_last(self, server_that):
        server_that({"RCPT": "451 later"})
        campaign = on_its_way("ana")
        campaign.recipients.update(attempts=turns.MAX_ATTEMPTS - 1)

        turn()

        assert states(campaign) == [State.REFUSED]


class TestADomainTakenAway:
    def test_pauses_the_campaign_and_says_why(self, server):
        campaign = on_its_way("ana", "bea")
        domains.remove(domain_id=campaign.domain_id, at=NOON)

        assert not turn()

        assert (server.mails, states(campaign)) == ([], [State.PENDING] * 2)
        campaign.refresh_from_db()
        assert campaign.state == "paused"
        assert campaign.problem.startswith("teashop.example is no longer proved to be yours")


class TestSendTest:
    def test_goes_to_one_member_marked_and_counted_nowhere(self, server):
        sender()
        campaign = ready("ana")

        testing.send_test(
            campaign_id=campaign.pk, person_email="jo@teashop.example", person_name="Jo Li", at=NOON
        )

        mail = message_from_bytes(server.mails[0][2], policy=policy.default)
        assert (mail["Subject"], mail["To"]) == ("[Test] New teas", "Jo Li <jo@teashop.example>")
        assert "Hello Jo" in mail.get_body(("plain",)).get_content()
        assert not Recipient.objects.exists()

    def test_says_what_the_server_said(self, server_that):
        server_that({"RCPT": "550 5.7.1 not from you"})
        sender()

        with pytest.raises(testing.MailNotTaken, match=r"550 5\.7\.1 not from you"):
            testing.send_test(campaign_id=ready().pk, person_email="jo@x.yz", person_name="", at=NOON)

    @pytest.mark.parametrize("where", ["CONNECT", "RCPT"])
    def test_does_not_wait_for_a_silent_server_as_long_as_a_campaign_does(
        self, server_that, monkeypatch, where
    ):
        assert smtp.WAITED_FOR_SECONDS <= smtp.CONNECT_SECONDS / 2
        monkeypatch.setattr(smtp, "WAITED_FOR_SECONDS", 0.1)
        server_that({where: HANG})
        sender()
        campaign, began = ready(), time.monotonic()

        with pytest.raises(testing.MailNotTaken, match="it did not answer in time"):
            testing.send_test(campaign_id=campaign.pk, person_email="jo@x.yz", person_name="", at=NOON)

        assert time.monotonic() - began < 2

    def test_is_not_a_way_to_send_as_much_as_one_likes(self, server):
        sender()
        campaign, to = ready(), {"person_email": "jo@teashop.example", "person_name": ""}
        for _ in range(testing.MAX_TESTS):
            testing.send_test(campaign_id=campaign.pk, at=NOON, **to)

        with pytest.raises(testing.TooManyTests):
            testing.send_test(campaign_id=campaign.pk, at=NOON, **to)
        testing.send_test(campaign_id=campaign.pk, at=LATER, **to)

        assert len(server.mails) == testing.MAX_TESTS + 1
