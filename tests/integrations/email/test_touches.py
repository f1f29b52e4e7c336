from datetime import timedelta

import pytest

from regulars.crm_core.customers.models import Consent
from regulars.integrations.email import touches
from regulars.integrations.email.models import RecipientState, Touch
from regulars.platform.facts.models import Fact
from tests.factories.commerce import NOON
from tests.factories.customers import said
from tests.factories.mails import LINKS, customer, launched, mail

pytestmark = pytest.mark.usefixtures("tenant")
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
LATER = NOON + timedelta(hours=1)


def visitor(agent=FIREFOX, **more):
    return touches.Visitor(agent=agent, **more)


@pytest.fixture
def sent():
    return mail(launched(), state=RecipientState.SENT)


def verdict_of(row, *, at=LATER, **more):
    return touches.opened(recipient=row.pk, visitor=visitor(**more), at=at).verdict


class TestOpened:
    def test_notes_the_first_by_a_person(self, sent):
        touches.opened(recipient=sent.pk, visitor=visitor(), at=LATER)
        touches.opened(recipient=sent.pk, visitor=visitor(), at=LATER + timedelta(days=1))

        sent.refresh_from_db()
        assert (sent.opened_at, Touch.objects.filter(verdict="human").count()) == (LATER, 2)

    def test_believes_gmails_proxy_which_fetches_when_somebody_looks(self, sent):
        assert verdict_of(sent, agent=GMAIL) == "human"

    @pytest.mark.parametrize(
        ("words", "verdict"),
        [
            ({"agent": "Mozilla/5.0"}, "prefetch"),
            ({"is_prefetch": True}, "prefetch"),
            ({"is_head": True}, "bot"),
            ({"agent": ""}, "bot"),
            ({"agent": "Mozilla/5.0 (compatible; Barracuda Link Scanner)"}, "bot"),
            ({"agent": "python-requests/2.32"}, "bot"),
            ({"at": NOON + timedelta(seconds=1)}, "bot"),
        ],
    )
    def test_tells_machines_apart(self, sent, words, verdict):
        assert verdict_of(sent, **words) == verdict

        sent.refresh_from_db()
        assert sent.opened_at is None

    def test_settles_a_mail_of_which_nobody_knew(self):
        unknown = mail(launched(), state=RecipientState.UNCERTAIN)

        touches.opened(recipient=unknown.pk, visitor=visitor(), at=LATER)

        unknown.refresh_from_db()
        assert (unknown.state, unknown.sent_at) == (RecipientState.SENT, LATER)

    def test_keeps_only_so_many(self, sent, monkeypatch):
        monkeypatch.setattr(touches, "MAX_TOUCHES", 2)

        for _ in range(4):
            touches.opened(recipient=sent.pk, visitor=visitor(), at=LATER)

        assert Touch.objects.count() == 2

    def test_ignores_a_mail_that_is_not_there(self):
        assert touches.opened(recipient=7, visitor=visitor(), at=LATER) is None


class TestClicked:
    def test_leads_to_the_stored_address_and_notes_it(self, sent):
        assert touches.clicked(recipient=sent.pk, position=1, visitor=visitor(), at=LATER) == LINKS[1]

        sent.refresh_from_db()
        assert sent.clicked_at == LATER

    def test_unmasks_a_scanner_that_follows_everything(self, sent):
        for position in range(3):
            touches.clicked(
                recipient=sent.pk,
                position=position,
                visitor=visitor(),
                at=LATER + timedelta(seconds=position),
            )

        sent.refresh_from_db()
        assert sent.clicked_at is None
        assert set(Touch.objects.values_list("verdict", flat=True)) == {"bot"}

    def test_believes_a_person_who_reads_on(self, sent):
        for position in range(3):
            touches.clicked(
                recipient=sent.pk,
                position=position,
                visitor=visitor(),
                at=LATER + timedelta(minutes=position),
            )

        sent.refresh_from_db()
        assert sent.clicked_at == LATER
        assert set(Touch.objects.values_list("verdict", flat=True)) == {"human"}

    @pytest.mark.parametrize("position", [3, 65_535])
    def test_refuses_a_link_that_is_not_there(self, sent, position):
        with pytest.raises(touches.UnknownMail):
            touches.clicked(recipient=sent.pk, position=position, visitor=visitor(), at=LATER)


class TestUnsubscribe:
    def test_is_a_refusal_with_its_evidence(self, sent):
        touches.unsubscribe(recipient=sent.pk, how="button", at=LATER)

        word = Consent.objects.filter(contact=sent.contact).newest_first().first()
        assert (word.is_given, word.ground, word.happened_at) == (False, "unsubscribe link", LATER)
        assert word.evidence == f"Spring ({sent.campaign_id}), ana@example.com, button"
        sent.refresh_from_db()
        assert sent.unsubscribed_at == LATER
        assert Fact.objects.filter(name="mail.unsubscribed", subject_id=sent.contact_id).count() == 1

    def test_changes_nothing_the_second_time(self, sent):
        touches.unsubscribe(recipient=sent.pk, how="button", at=LATER)

        touches.unsubscribe(recipient=sent.pk, how="button", at=LATER + timedelta(days=1))

        sent.refresh_from_db()
        assert sent.unsubscribed_at == LATER
        assert Consent.objects.filter(is_given=False).count() == 1
        assert Fact.objects.filter(name="mail.unsubscribed").count() == 1

    def test_is_heard_again_from_one_who_had_changed_their_mind(self, sent):
        touches.unsubscribe(recipient=sent.pk, how="button", at=LATER)
        said(sent.contact, yes=True, at=LATER + timedelta(days=1))

        touches.unsubscribe(recipient=sent.pk, how="button", at=LATER + timedelta(days=2))

        newest = Consent.objects.filter(contact=sent.contact).newest_first().first()
        assert not newest.is_given

    def test_holds_for_the_same_address_in_another_spelling(self, sent):
        other = customer("other@example.com")
        type(other).objects.filter(pk=other.pk).update(email="ANA@example.com")

        touches.unsubscribe(recipient=sent.pk, how="button", at=LATER)

        assert not Consent.objects.filter(contact=other).newest_first().first().is_given
