from datetime import timedelta

import pytest

from regulars.crm_core.customers import consent
from regulars.crm_core.customers.models import Channel, Consent, Contact
from regulars.platform import ids
from tests.factories.commerce import NOON
from tests.factories.customers import contact

EARLIER, LATER = NOON - timedelta(days=1), NOON + timedelta(days=1)
pytestmark = pytest.mark.usefixtures("tenant")


def say(contact, *, yes, happened_at=None, at=NOON, ground="sign-up form", **more):
    return consent.say(
        contact=contact.pk,
        channel=Channel.EMAIL,
        is_given=yes,
        ground=ground,
        happened_at=happened_at,
        at=at,
        **more,
    )


class TestSay:
    def test_keeps_the_word_with_its_ground_and_proof(self):
        standing = say(contact(), yes=True, evidence="IP 192.0.2.1")

        assert (standing.is_given, standing.ground, standing.evidence) == (
            True,
            "sign-up form",
            "IP 192.0.2.1",
        )
        assert standing.happened_at == NOON

    def test_lets_older_news_of_a_shop_change_nothing(self):
        taken = contact()
        say(taken, yes=False, ground="unsubscribed")

        standing = say(taken, yes=True, happened_at=EARLIER, at=LATER, ground="shop", origin="backfill")

        assert not standing.is_given
        assert Consent.objects.count() == 2

    def test_takes_the_refusal_of_two_words_at_once(self):
        taken = contact()
        say(taken, yes=False)

        assert not say(taken, yes=True).is_given

    def test_believes_no_date_in_the_future(self):
        taken = contact()
        say(taken, yes=True, happened_at=LATER, at=NOON)

        assert not say(taken, yes=False, at=NOON + timedelta(seconds=1)).is_given

    def test_adds_nothing_when_repeated(self):
        taken = contact()
        say(taken, yes=True)
        say(taken, yes=True)

        assert Consent.objects.count() == 1

    def test_refuses_a_word_without_a_ground(self):
        with pytest.raises(consent.NoGround):
            say(contact(), yes=True, ground=" ")

        assert not Consent.objects.exists()

    def test_refuses_an_unknown_contact(self):
        with pytest.raises(consent.resolving.UnknownContact):
            say(Contact(pk=ids.new()), yes=True)


class TestStanding:
    def test_is_no_where_nothing_was_said(self):
        taken = contact()

        standing = consent.standing(contact=taken.pk)

        assert [(each.is_given, each.is_known) for each in standing.values()] == [(False, False)] * 2
        assert not Contact.objects.reachable().exists()
