from datetime import timedelta

import pytest

from regulars.crm_core.commerce.canonical import Gone
from regulars.crm_core.customers import contacts, linking, suggestions
from regulars.crm_core.customers.models import Contact, Link
from regulars.platform import ids
from regulars.platform.facts.models import Fact
from tests.factories.commerce import NOON, OTHER_SHOP, SHOP, buyer, source
from tests.factories.customers import contact

EARLIER, LATER = NOON - timedelta(hours=1), NOON + timedelta(hours=1)
pytestmark = pytest.mark.usefixtures("tenant")


def links_of(contact):
    return sorted(contact.links.filter(undone_at=None).values_list("kind", "value"))


def fact_names():
    return list(Fact.objects.order_by("pk").values_list("name", flat=True))


class TestTake:
    def test_makes_a_contact_linked_by_the_shops_id_and_the_address(self):
        taken = contact("Ana@Example.com", external_id="5", city="Bonn", phone="0228 12345678")

        assert (taken.name, taken.email, taken.city) == ("Ana Ray", "ana@example.com", "Bonn")
        assert links_of(taken) == [("email", "ana@example.com"), ("shop", f"{SHOP}:5")]
        assert set(taken.links.values_list("evidence", flat=True)) == {"shop:webhook"}
        assert fact_names() == ["contact.appeared"]

    def test_changes_nothing_when_repeated(self):
        taken = contact(external_id="5")

        assert contact(external_id="5") == taken
        assert (Contact.objects.count(), Link.objects.count(), Fact.objects.count()) == (1, 2, 1)

    def test_finds_the_same_person_at_another_shop_by_the_address(self):
        taken = contact(external_id="5")

        again = contacts.take(
            customer=buyer("ANA@example.com", external_id="77"),
            source=source(connection_id=OTHER_SHOP),
            at=NOON,
        )

        assert again == taken
        assert ("shop", f"{OTHER_SHOP}:77") in links_of(taken)

    def test_links_a_guest_who_registers(self):
        guest = contact()

        assert contact(external_id="5") == guest
        assert ("shop", f"{SHOP}:5") in links_of(guest)

    def test_never_joins_two_accounts_of_one_shop_but_suggests_it_once(self):
        first = contact(external_id="5")

        second = contact(external_id="9")
        contact(external_id="9")

        assert second != first
        assert links_of(second) == [("shop", f"{SHOP}:9")]
        assert fact_names().count("contact.suggested") == 1
        assert [each.contact for each in suggestions.of(contact=second.pk)] == [first]

    def test_lets_the_shops_id_decide_where_the_address_leads_elsewhere(self):
        by_id, by_address = contact("ana@example.com", external_id="5"), contact("bea@example.com")

        taken = contact("bea@example.com", external_id="5")

        assert taken == by_id
        assert links_of(by_address) == [("email", "bea@example.com")]
        assert "contact.suggested" in fact_names()

    def test_follows_a_new_address_and_still_answers_to_the_old_one(self):
        taken = contact("ana@example.com", external_id="5")

        contact("ana@new.example", external_id="5", changed_at=LATER, at=LATER)

        taken.refresh_from_db()
        assert taken.email == "ana@new.example"
        assert contacts.at_address(email="ana@example.com", evidence="form", at=LATER) == taken

    def test_finds_nobody_without_id_and_address(self):
        assert contact("") is None
        assert contact("deleted@site.invalid") is None
        assert not Contact.objects.exists()

    def test_makes_a_contact_of_an_account_with_a_placeholder_address(self):
        taken = contact("x@marketplace.amazon.de", external_id="5")

        assert taken.email == ""
        assert links_of(taken) == [("shop", f"{SHOP}:5")]

    def test_does_not_let_blanks_or_older_news_replace_what_is_known(self):
        taken = contact(external_id="5", city="Bonn", changed_at=NOON)

        contact(external_id="5", city="", company="", changed_at=LATER, at=LATER)
        contact(external_id="5", city="Rome", company="Tea Ltd", changed_at=EARLIER, at=LATER)

        taken.refresh_from_db()
        assert (taken.city, taken.company) == ("Bonn", "Tea Ltd")

    def test_never_overwrites_what_staff_wrote(self):
        taken = contact(external_id="5", phone="1234567")
        contacts.describe(contact=taken.pk, words={"first_name": "Anna", "phone": "7654321"}, at=NOON)

        contact(
            external_id="5", first_name="ANA", last_name="Reyes", phone="1111111", changed_at=LATER, at=LATER
        )

        taken.refresh_from_db()
        assert (taken.first_name, taken.last_name, taken.phone) == ("Anna", "Reyes", "7654321")
        assert taken.name == "Anna Reyes"


class TestErasure:
    def test_redacts_our_copy_and_keeps_the_contact(self):
        taken = contact("ana@example.com", external_id="5", city="Bonn", phone="1234567")
        contacts.tag(contact=taken.pk, word="vip", at=NOON)

        contacts.take(customer=buyer("", external_id="5", is_erased=True), source=source(), at=LATER)

        taken.refresh_from_db()
        assert taken.redacted_at == LATER
        assert (taken.name, taken.city, taken.phone, taken.tags) == ("", "", "", [])
        assert taken.email == f"erased-{taken.pk.hex}@erased.invalid"
        assert not Link.objects.filter(value__contains="ana@").exists()
        assert not Fact.objects.exclude(after=None).exists()

    def test_is_not_undone_by_late_news(self):
        taken = contact("ana@example.com", external_id="5", changed_at=EARLIER)
        contacts.redact(contact=taken.pk, at=NOON)

        again = contact("ana@example.com", external_id="5", changed_at=EARLIER, at=LATER)

        taken.refresh_from_db()
        assert again == taken
        assert taken.name == ""
        assert Contact.objects.count() == 1

    def test_lets_somebody_who_comes_back_be_somebody_new(self):
        taken = contact("ana@example.com", external_id="5")
        contacts.redact(contact=taken.pk, at=NOON)

        again = contact("ana@example.com", external_id="5", changed_at=LATER, at=LATER)

        assert again != taken
        assert again.name == "Ana Ray"

    def test_never_makes_a_contact_of_somebody_erased(self):
        erased = buyer("deleted@site.invalid", external_id="5", is_erased=True)

        assert contacts.take(customer=erased, source=source(), at=NOON) is None
        assert not Contact.objects.exists()


class TestGone:
    def test_lets_the_shops_id_go_and_keeps_the_person(self):
        taken = contact(external_id="5")

        contacts.gone(gone=Gone(kind="customer", external_id="5"), source=source(), at=LATER)

        assert links_of(taken) == [("email", "ana@example.com")]

    def test_minds_no_unknown_id(self):
        contacts.gone(gone=Gone(kind="customer", external_id="5"), source=source(), at=LATER)

        assert not Fact.objects.exists()


class TestAtAddress:
    def test_finds_who_was_folded_away_in_the_one_that_stays(self):
        kept, absorbed = contact("kept@example.com"), contact("old@example.com")
        contacts.merge(keep=kept.pk, absorb=absorbed.pk, at=NOON)

        assert contacts.at_address(email="OLD@example.com", evidence="form", at=NOON) == kept

    def test_refuses_what_is_no_address_and_makes_nobody(self):
        with pytest.raises(contacts.NoAddress):
            contacts.at_address(email="nobody", evidence="form", at=NOON)

        assert not Contact.objects.exists()


class TestAdd:
    def test_writes_down_a_person(self):
        added = contacts.add(email="Bea@example.com", first_name="Bea", city="Bonn", at=NOON)

        assert (added.email, added.name, added.city) == ("bea@example.com", "Bea", "Bonn")

    def test_refuses_an_address_that_leads_to_somebody_and_changes_nothing(self):
        known = contact()

        with pytest.raises(contacts.AddressTaken):
            contacts.add(email="ana@example.com", first_name="Bea", at=NOON)

        known.refresh_from_db()
        assert known.first_name == "Ana"


class TestDescribe:
    def test_keeps_what_was_and_what_is(self):
        taken = contact(city="Bonn")
        actor = ids.new()

        contacts.describe(contact=taken.pk, words={"city": "Rome", "phone": ""}, at=LATER, actor_id=actor)

        fact = Fact.objects.get(name="contact.described")
        assert (fact.before, fact.after, fact.actor_id) == ({"city": "Bonn"}, {"city": "Rome"}, actor)

    def test_links_a_new_address(self):
        taken = contact("ana@example.com")

        contacts.describe(contact=taken.pk, words={"email": "Ana@New.example"}, at=LATER)

        assert links_of(taken) == [("email", "ana@example.com"), ("email", "ana@new.example")]

    def test_refuses_the_address_of_somebody_else(self):
        taken, _other = contact("ana@example.com"), contact("bea@example.com")

        with pytest.raises(contacts.AddressTaken):
            contacts.describe(contact=taken.pk, words={"email": "bea@example.com"}, at=LATER)

        taken.refresh_from_db()
        assert taken.email == "ana@example.com"

    @pytest.mark.parametrize(
        "words", [{"country_code": "Germany"}, {"merged_into": "x"}, {"country_code": "D1"}]
    )
    def test_refuses_what_a_contact_cannot_hold(self, words):
        taken = contact()

        with pytest.raises(contacts.BadWord):
            contacts.describe(contact=taken.pk, words=words, at=LATER)

        assert "contact.described" not in fact_names()

    def test_refuses_an_unknown_contact(self):
        with pytest.raises(contacts.UnknownContact):
            contacts.describe(contact=ids.new(), words={"city": "Bonn"}, at=NOON)


class TestTag:
    def test_takes_a_tag_once_whatever_its_case(self):
        taken = contact()

        contacts.tag(contact=taken.pk, word="Wholesale", at=NOON)
        contacts.tag(contact=taken.pk, word=" wholesale ", at=NOON)

        taken.refresh_from_db()
        assert taken.tags == ["Wholesale"]
        assert fact_names().count("contact.tagged") == 1

    def test_is_undone(self):
        taken = contact()
        contacts.tag(contact=taken.pk, word="Wholesale", at=NOON)

        contacts.untag(contact=taken.pk, word="wholesale", at=NOON)

        taken.refresh_from_db()
        assert taken.tags == []

    def test_refuses_an_empty_one(self):
        with pytest.raises(contacts.BadTag):
            contacts.tag(contact=contact().pk, word="  ", at=NOON)


class TestFind:
    def test_asks_as_much_for_many_as_for_one(self, django_assert_num_queries):
        buyers = [buyer(f"b{number}@example.com") for number in range(50)]
        assert not Contact.objects.exists()  # enters the tenant

        with django_assert_num_queries(5):  # savepoint, links, contacts, links, release
            first = linking.find(customers=buyers, source=source(), at=NOON)
        with django_assert_num_queries(3):
            again = linking.find(customers=buyers, source=source(), at=NOON)

        assert len(first.appeared) == 50
        assert first.contacts == again.contacts

    def test_makes_one_contact_of_a_buyer_who_comes_twice_in_a_batch(self):
        found = linking.find(
            customers=[buyer("ana@example.com"), None, buyer("ANA@example.com", external_id="5")],
            source=source(),
            at=NOON,
        )

        assert found.contacts[0] == found.contacts[2]
        assert found.contacts[1] is None
        assert len(found.appeared) == 1
