import pytest

from regulars.crm_core.customers import contacts, suggestions
from regulars.crm_core.customers.suggestions import Because
from tests.factories.commerce import NOON
from tests.factories.customers import contact

pytestmark = pytest.mark.usefixtures("tenant")


def hints(contact):
    return [(each.contact.email, each.because) for each in suggestions.of(contact=contact.pk)]


class TestOf:
    def test_names_whom_the_address_led_to(self):
        first = contact("a@example.com", external_id="5")
        second = contact("a@example.com", external_id="9", first_name="Bea")

        assert hints(second) == [("a@example.com", Because.EMAIL)]
        assert first == suggestions.of(contact=second.pk)[0].contact

    def test_sees_one_name_in_one_city(self):
        taken = contact("a@example.com", city="Bonn")
        contact("b@example.com", first_name="ANA", last_name="ray", city="bonn")
        contact("c@example.com", city="Rome")

        assert hints(taken) == [("b@example.com", Because.NAME_AND_CITY)]

    def test_names_nobody_who_was_folded_in_or_redacted(self):
        taken = contact("a@example.com", phone="1234567")
        merged, redacted = (
            contact("b@example.com", phone="1234567"),
            contact("c@example.com", phone="1234567"),
        )
        contacts.merge(keep=taken.pk, absorb=merged.pk, at=NOON)
        contacts.redact(contact=redacted.pk, at=NOON)

        assert hints(taken) == []
