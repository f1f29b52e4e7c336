import pytest

from regulars.crm_core.customers import contacts
from regulars.crm_core.insight import metrics
from regulars.integrations.email import audience, suppression
from regulars.integrations.email.models import Recipient
from tests.factories.commerce import NOON
from tests.factories.customers import said
from tests.factories.mails import EVERYBODY, customer, launched

pytestmark = pytest.mark.usefixtures("tenant")
LATER = NOON.replace(hour=13)


@pytest.fixture
def people():
    """One of each fate."""
    made = {name: customer(f"{name}@example.com") for name in ("ana", "bea")}
    said(made["bea"], yes=True, at=LATER, ground="checkout")
    made["cem"] = customer("cem@example.com", consents=None)
    made["dan"] = customer("dan@example.com")
    said(made["dan"], yes=False, at=LATER)
    made["eve"] = customer("eve@example.com")
    suppression.add(email="EVE@example.com", reason="bounce", at=NOON)
    made["fay"] = customer("fay@example.com")
    contacts.redact(contact=made["fay"].pk, at=LATER)
    made["gus"] = customer("gus@example.com")
    contacts.merge(keep=made["ana"].pk, absorb=made["gus"].pk, at=LATER)
    metrics.recompute(contacts=None, at=LATER)
    return made


def frozen(*, only=None, rules=EVERYBODY):
    campaign = launched()
    many = audience.freeze(campaign.pk, rules, only=only, at=LATER)
    emails = Recipient.objects.filter(campaign=campaign).values_list("email", flat=True)
    assert len(emails) == many
    return sorted(emails)


class TestCounted:
    def test_tells_who_is_mailed_by_ground_and_who_not_and_why(self, people):
        found = audience.counted(EVERYBODY, only=None, at=LATER)

        assert found.mailed == 2
        assert found.by_ground == {"form": 1, "checkout": 1}
        assert found.left_out == {"no_consent": 1, "refused": 1, "suppressed": 1, "no_address": 1}

    def test_leaves_strangers_out_until_a_domain_is_verified(self, people):
        found = audience.counted(EVERYBODY, only=["bea@example.com"], at=LATER)

        assert (found.mailed, found.left_out["not_a_member"]) == (1, 1)

    def test_sums_up_rare_grounds(self):
        for number in range(10):
            said(customer(f"c{number}@example.com", consents=None), yes=True, ground=f"ground {number}")
        metrics.recompute(contacts=None, at=LATER)

        found = audience.counted(EVERYBODY, only=None, at=LATER)

        assert (len(found.by_ground), found.by_ground["…"]) == (9, 2)


class TestFreeze:
    def test_writes_a_row_for_exactly_those_who_were_counted(self, people):
        assert frozen() == ["ana@example.com", "bea@example.com"]

    def test_mails_nobody_but_the_team_without_a_domain(self, people):
        assert frozen(only=["bea@example.com"]) == ["bea@example.com"]
        assert frozen(only=[]) == []

    def test_mails_two_spellings_of_one_address_once(self):
        _first, second = customer("ana@example.com"), customer("other@example.com")
        type(second).objects.filter(pk=second.pk).update(email="ANA@Example.com")
        metrics.recompute(contacts=None, at=LATER)

        assert frozen() == ["ana@example.com"]
        assert audience.counted(EVERYBODY, only=None, at=LATER).left_out == {"duplicate": 1}

    def test_mails_nobody_who_refused_under_another_spelling(self):
        _first, second = customer("ana@example.com"), customer("other@example.com", consents=False)
        type(second).objects.filter(pk=second.pk).update(email="ANA@Example.com")
        metrics.recompute(contacts=None, at=LATER)

        assert frozen() == []

    def test_takes_the_members_of_the_segment_alone(self, people):
        tagged = {"all": [{"field": "tag", "is": "has", "value": "100%s vip"}]}
        contacts.tag(contact=people["bea"].pk, word="100%s vip", at=LATER)

        assert frozen(rules=tagged) == ["bea@example.com"]
