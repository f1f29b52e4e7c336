"""A mail server that is away: nothing is lost, nothing counts against a mail, and the pauses grow."""

from datetime import timedelta

import pytest

from regulars.integrations.email import outages, sending, turns
from regulars.integrations.email.models import RecipientState as State
from regulars.platform import tenancy
from tests.factories.mails import customer, launched, mail, on_its_way
from tests.fakes.mail_servers import DROP, real_server
from tests.integrations.email.conftest import LATER, rows, states, turn

pytestmark = pytest.mark.usefixtures("tenant")


class TestAServer:
    def test_that_is_not_there_is_told_to_the_owner_and_nothing_is_lost(self, settings):
        settings.EMAIL_URL = "smtp://127.0.0.1:1"
        campaign = on_its_way(*"abcde")

        assert not turn()

        assert states(campaign) == [State.PENDING] * 5
        assert [(row.attempts, row.worker) for row in rows(campaign).values()] == [(0, "")] * 5
        campaign.refresh_from_db()
        assert (campaign.state, campaign.problem) == (
            "sending",
            "The mails wait, and we try again by ourselves. The reason: "
            "The mail server cannot be reached: nobody answers at its address.",
        )
        assert campaign.server_away_until == LATER + timedelta(seconds=30)

        with real_server() as back:
            settings.EMAIL_URL = f"smtp://127.0.0.1:{back.port}"
            turn(LATER + timedelta(seconds=29))
            assert back.mails == []
            turn(LATER + timedelta(seconds=30))
            assert sorted(to[0] for _, to, _ in back.mails) == list("abcde")
        campaign.refresh_from_db()
        assert (states(campaign), campaign.problem) == ([State.SENT] * 5, "")
        assert (campaign.server_away_until, campaign.server_away_times) == (None, 0)

    def test_that_refuses_all_of_us_is_asked_once_a_turn_and_ever_more_seldom(self, server_that):
        server = server_that({"CONNECT": "554 go away"})
        campaign, another = on_its_way(*"abcde"), launched("Another")
        mail(another, customer("zoe@example.com"))

        pauses, at = [], LATER
        for tries in range(1, 8):
            turn(at)
            turn(at + timedelta(seconds=1))
            assert server.connections == tries
            campaign.refresh_from_db()
            pauses.append((campaign.server_away_until - at).total_seconds())
            at = campaign.server_away_until

        assert pauses == [30, 60, 120, 240, 480, 900, 900]
        assert [row.attempts for row in rows(campaign).values()] == [0] * 5
        another.refresh_from_db()
        assert (another.problem, states(another)) == (campaign.problem, [State.PENDING])

    def test_that_falls_silent_at_a_mail_ends_the_turn_and_counts_for_that_mail_alone(self, server_that):
        server = server_that({"RCPT": [DROP]})
        campaign = on_its_way("ana", "bea", "cem")

        assert not turn()

        assert [row.attempts for row in rows(campaign).values()] == [1, 0, 0]
        turn(LATER + outages.FIRST_PAUSE)
        assert states(campaign) == [State.PENDING, State.SENT, State.SENT]
        turn(LATER + turns.RETRY_AFTER)
        assert (states(campaign), len(server.messages)) == ([State.SENT] * 3, 3)

    def test_that_never_says_what_became_of_a_mail_gets_three_and_no_more_for_now(self, server_that):
        server = server_that({"MESSAGE": DROP})
        campaign = on_its_way(*"abcde")

        assert not turn()
        assert not turn()

        assert len(server.messages) == 3
        assert states(campaign) == [State.UNCERTAIN] * 3 + [State.PENDING] * 2

    def test_is_tried_at_once_and_once_when_the_owner_resumes(self, server_that):
        server = server_that({"CONNECT": ["554 no", "554 no"]})
        campaign = on_its_way("ana")
        another = launched("Another", at=LATER, letter=campaign.letter, domain=campaign.domain)
        mail(another, customer("zoe@example.com"))
        turn()

        def resumed():
            sending.pause(campaign_id=campaign.pk, at=LATER)
            sending.resume(campaign_id=campaign.pk, at=LATER)
            turn()
            turn()
            return server.connections

        assert resumed() == 2
        assert (states(campaign), states(another)) == ([State.PENDING], [State.PENDING])
        assert resumed() == 4  # one for each campaign: the server is back
        assert (states(campaign), states(another)) == ([State.SENT], [State.SENT])


class TestAnOutage:
    def test_counts_once_however_many_workers_meet_it(self):
        campaign = launched()

        for seconds in (10, 11, 12):
            outages.begin(words="x" * 400, since=LATER, at=LATER + timedelta(seconds=seconds))

        campaign.refresh_from_db()
        assert (campaign.server_away_times, len(campaign.problem)) == (1, sending.MAX_PROBLEM_CHARACTERS)
        assert campaign.server_away_until == LATER + timedelta(seconds=40)
        assert not outages.trying(at=LATER + timedelta(seconds=39)).exists()
        assert outages.trying(at=LATER + timedelta(seconds=40)).get() == campaign

    def test_keeps_no_other_tenant_waiting(self, book_shop):
        launched()
        with tenancy.opened(book_shop.schema_name):
            theirs = launched()
        outages.begin(words="x", since=LATER, at=LATER)

        with tenancy.opened(book_shop.schema_name):
            assert outages.trying(at=LATER).get() == theirs
        assert not outages.trying(at=LATER).exists()
