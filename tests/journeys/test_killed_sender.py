"""Nobody twice, nobody skipped: senders killed with SIGKILL while mails are in flight, the broker emptied."""

from django.conf import settings

from tests.journeys import storm

RECIPIENTS = 200
KILLS = 4


def test_every_mail_arrives_once_or_is_in_doubt_whatever_dies(new_tenant, monkeypatch):
    monkeypatch.setattr(settings, "WAKES_ARE_SENT", True)
    tenant = new_tenant(currency="EUR").schema_name

    outcome = storm.blow(tenant, recipients=RECIPIENTS, kills=KILLS)

    assert (outcome.recipients, outcome.kills, outcome.state) == (RECIPIENTS, KILLS, "finished")
    assert (outcome.twice, outcome.missed, outcome.wrong) == ([], [], [])
    assert outcome.uncertain <= KILLS
