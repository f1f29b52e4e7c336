"""In whose name mail goes out: never one that receivers would take for a forgery."""

from datetime import UTC, datetime

import pytest

from regulars.integrations.email import domains, senders
from regulars.integrations.email.models import Sender
from regulars.platform.facts.models import Fact

pytestmark = pytest.mark.usefixtures("tenant")

AT = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
SENDER = {
    "name": "The Tea Shop",
    "address": "",
    "reply_to": "hello@tea.example",
    "company": "Tea Ltd",
    "postal_address": "1 High Street\nYork",
}


def change(**changed):
    return senders.change(**{**SENDER, **changed}, at=AT)


class TestStands:
    def test_with_an_address_of_the_house_before_anything_is_said(self, tea_shop):
        found = senders.standing()

        assert found.from_name == tea_shop.name
        assert found.from_address == "teashop@mail.regulars.example"
        assert (found.domain, found.is_verified, found.company) == (None, False, "")

    def test_with_the_address_of_a_verified_domain(self, proven):
        domain = proven("tea.example", at=AT)
        change(address="News@Tea.example")

        found = senders.standing()

        assert found.from_address == "News@tea.example"
        assert (found.domain, found.is_verified) == (domain, True)
        assert found.return_path == "bounce.tea.example"
        assert (found.from_name, found.company) == ("The Tea Shop", "Tea Ltd")

    @pytest.mark.parametrize("how", ["lapsed", "removed"])
    def test_with_the_house_s_own_again_when_the_domain_is_none_any_more(self, names, proven, how):
        domain = proven("tea.example", at=AT)
        change(address="news@tea.example")
        names.says({})

        if how == "lapsed":
            domains.check(domain.pk, at=AT)
            assert senders.standing().from_address == "news@tea.example"
            domains.check(domain.pk, at=AT + domains.LAPSES_AFTER)
        else:
            domains.remove(domain_id=domain.pk, at=AT)

        assert senders.standing().from_address == "teashop@mail.regulars.example"
        assert not senders.standing().is_verified


class TestChanges:
    def test_what_is_said_and_records_it(self):
        change(name=" The\r\nBcc: x ", postal_address=" 1 High Street \r\n\r\nYork ")

        kept = Sender.objects.get()
        assert kept.name == "The  Bcc: x"
        assert kept.postal_address == "1 High Street\nYork"
        assert Fact.objects.filter(name="sender.changed").count() == 1

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"address": "no address"}, "address"),
            ({"reply_to": "a@b.example\r\nBcc: c@d.example"}, "reply_to"),
            ({"name": "x" * 121}, "name"),
            ({"company": "x" * 201}, "company"),
            ({"postal_address": "x\n" * 300}, "postal_address"),
        ],
    )
    def test_nothing_that_cannot_stand_in_a_mail(self, changed, field):
        with pytest.raises(senders.BadSender) as refused:
            change(**changed)

        assert refused.value.field == field
        assert not Sender.objects.exists()

    @pytest.mark.parametrize(
        "address", ["me@gmail.com", "me@tea.example.evil.example", "me@news.tea.example", "me@eatea.example"]
    )
    def test_the_address_only_within_a_verified_domain(self, proven, address):
        proven("tea.example", at=AT)

        with pytest.raises(senders.SenderNotVerified):
            change(address=address)
        assert not Sender.objects.exists()

    def test_the_address_not_before_its_domain_is_verified(self):
        domains.add(name="tea.example", at=AT)

        with pytest.raises(senders.SenderNotVerified):
            change(address="me@tea.example")
