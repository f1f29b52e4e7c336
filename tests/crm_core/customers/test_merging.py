from datetime import timedelta

import pytest

from regulars.crm_core.commerce import orders
from regulars.crm_core.customers import consent, contacts
from regulars.crm_core.customers.models import Channel, Contact, Link
from regulars.platform import ids
from regulars.platform.facts.models import Fact
from tests.factories.commerce import NOON, SHOP, buyer, order, source
from tests.factories.customers import contact, said

EARLIER, LATER, LAST = (NOON + timedelta(hours=hours) for hours in (-1, 1, 2))
pytestmark = pytest.mark.usefixtures("tenant")


def bought(email, *, at=NOON, **more):
    return orders.take(order=order(customer=buyer(email, **more)), source=source(), at=at).order


def live_links(contact):
    return sorted(contact.links.filter(undone_at=None).values_list("kind", "value"))


def state():
    """Everything a merge touches, as it stands."""
    return {
        contact.email: (
            contact.merged_into_id,
            contact.name,
            contact.city,
            contact.tags,
            contact.appeared_at,
            live_links(contact),
            sorted(contact.orders.values_list("number", flat=True)),
        )
        for contact in Contact.objects.all()
    }


class TestMerge:
    def test_moves_links_and_orders_and_fills_what_is_empty(self):
        kept, absorbed = contact("ana@example.com", external_id="5"), contact("ana@work.example", city="Bonn")
        order_of_absorbed = bought("ana@work.example")
        contacts.tag(contact=absorbed.pk, word="vip", at=NOON)

        contacts.merge(keep=kept.pk, absorb=absorbed.pk, at=LATER)

        kept.refresh_from_db()
        order_of_absorbed.refresh_from_db()
        assert order_of_absorbed.contact == kept
        assert (kept.city, kept.tags) == ("Bonn", ["vip"])
        assert live_links(kept) == [
            ("email", "ana@example.com"),
            ("email", "ana@work.example"),
            ("shop", f"{SHOP}:5"),
        ]
        assert contacts.resolved(absorbed.pk) == kept

    def test_leads_later_orders_to_the_one_that_stays(self):
        kept, absorbed = contact("ana@example.com"), contact("ana@work.example")
        contacts.merge(keep=kept.pk, absorb=absorbed.pk, at=NOON)

        assert bought("ana@work.example", at=LATER).contact == kept

    def test_lets_a_refusal_outweigh_newer_consent(self):
        kept, absorbed = contact("ana@example.com"), contact("ana@work.example")
        said(kept, yes=True, at=NOON)
        said(absorbed, yes=False, at=EARLIER)

        contacts.merge(keep=kept.pk, absorb=absorbed.pk, at=LATER)

        assert not Contact.objects.reachable().exists()

    def test_lets_consent_travel_under_its_own_date(self):
        kept, absorbed = contact("ana@example.com"), contact("ana@work.example")
        said(absorbed, yes=True, at=EARLIER)

        contacts.merge(keep=kept.pk, absorb=absorbed.pk, at=LATER)

        standing = consent.standing(contact=kept.pk)[Channel.EMAIL]
        assert (standing.is_given, standing.happened_at) == (True, EARLIER)

    def test_refuses_a_contact_that_was_merged_before_and_changes_nothing(self):
        kept, gone, other = contact("ana@example.com"), contact("b@example.com"), contact("c@example.com")
        contacts.merge(keep=other.pk, absorb=gone.pk, at=NOON)
        before = state()

        with pytest.raises(contacts.AlreadyMerged):
            contacts.merge(keep=kept.pk, absorb=gone.pk, at=LATER)

        assert state() == before

    @pytest.mark.parametrize("is_same", [True, False])
    def test_refuses_itself_and_nobody(self, is_same):
        kept = contact()

        with pytest.raises(contacts.UnknownContact):
            contacts.merge(keep=kept.pk, absorb=kept.pk if is_same else ids.new(), at=NOON)

        assert not Fact.objects.filter(name="contact.merged").exists()


class TestUnmerge:
    def test_gives_everything_back(self):
        kept, absorbed = contact("ana@example.com", external_id="5"), contact("ana@work.example", city="Bonn")
        bought("ana@work.example")
        bought("ana@example.com", external_id="5")
        contacts.tag(contact=absorbed.pk, word="vip", at=NOON)
        before = state()

        contacts.merge(keep=kept.pk, absorb=absorbed.pk, at=LATER)
        assert state() != before
        contacts.unmerge(contact=absorbed.pk, at=LAST)

        assert state() == before

    def test_takes_along_orders_that_came_for_it_since(self):
        kept, absorbed = contact("ana@example.com"), contact("ana@work.example")
        contacts.merge(keep=kept.pk, absorb=absorbed.pk, at=NOON)
        late = bought("ana@work.example", at=LATER)

        contacts.unmerge(contact=absorbed.pk, at=LAST)

        late.refresh_from_db()
        assert late.contact == absorbed

    def test_leaves_what_changed_meanwhile(self):
        kept, absorbed = contact("ana@example.com"), contact("ana@work.example", city="Bonn")
        contacts.merge(keep=kept.pk, absorb=absorbed.pk, at=NOON)
        contacts.describe(contact=kept.pk, words={"city": "Rome"}, at=LATER)

        contacts.unmerge(contact=absorbed.pk, at=LAST)

        kept.refresh_from_db()
        assert kept.city == "Rome"

    def test_gives_each_its_own_word_back(self):
        kept, absorbed = contact("ana@example.com"), contact("ana@work.example")
        said(kept, yes=True, at=NOON)
        said(absorbed, yes=False, at=EARLIER)
        contacts.merge(keep=kept.pk, absorb=absorbed.pk, at=LATER)

        contacts.unmerge(contact=absorbed.pk, at=LAST)

        assert list(Contact.objects.reachable()) == [kept]

    def test_takes_consent_back_that_was_the_others(self):
        kept, absorbed = contact("ana@example.com"), contact("ana@work.example")
        said(absorbed, yes=True, at=EARLIER)
        contacts.merge(keep=kept.pk, absorb=absorbed.pk, at=LATER)

        contacts.unmerge(contact=absorbed.pk, at=LAST)

        assert list(Contact.objects.reachable()) == [absorbed]

    def test_lets_a_refusal_said_since_hold_for_both(self):
        kept, absorbed = contact("ana@example.com"), contact("ana@work.example")
        said(kept, yes=True, at=EARLIER)
        said(absorbed, yes=True, at=EARLIER)
        contacts.merge(keep=kept.pk, absorb=absorbed.pk, at=NOON)
        said(kept, yes=False, at=LATER)

        contacts.unmerge(contact=absorbed.pk, at=LAST)

        assert not Contact.objects.reachable().exists()

    def test_wants_the_later_merge_undone_first(self):
        inner, middle, outer = contact("a@example.com"), contact("b@example.com"), contact("c@example.com")
        before = state()
        contacts.merge(keep=middle.pk, absorb=inner.pk, at=EARLIER)
        contacts.merge(keep=outer.pk, absorb=middle.pk, at=NOON)

        with pytest.raises(contacts.NotMerged):
            contacts.unmerge(contact=inner.pk, at=LATER)
        contacts.unmerge(contact=middle.pk, at=LATER)
        contacts.unmerge(contact=inner.pk, at=LAST)

        assert state() == before

    def test_can_be_done_again(self):
        kept, absorbed = contact("ana@example.com"), contact("ana@work.example")
        for hours in range(3):
            contacts.merge(keep=kept.pk, absorb=absorbed.pk, at=NOON + timedelta(hours=2 * hours))
            contacts.unmerge(contact=absorbed.pk, at=NOON + timedelta(hours=2 * hours + 1))

        assert live_links(absorbed) == [("email", "ana@work.example")]
        assert live_links(kept) == [("email", "ana@example.com")]

    def test_refuses_one_that_is_not_merged(self):
        with pytest.raises(contacts.NotMerged):
            contacts.unmerge(contact=contact().pk, at=NOON)


class TestUnlink:
    def test_gives_an_address_a_contact_of_its_own_with_its_orders(self):
        taken = contact("ana@example.com", external_id="5")
        contact("shared@example.com", external_id="5", at=LATER)
        mine, theirs = bought("ana@example.com"), bought("shared@example.com")
        link = taken.links.get(value="shared@example.com")

        made = contacts.unlink(link=link.pk, at=LATER)

        mine.refresh_from_db()
        theirs.refresh_from_db()
        assert (mine.contact, theirs.contact) == (taken, made)
        assert live_links(made) == [("email", "shared@example.com")]

    def test_refuses_a_link_that_is_not_in_force(self):
        link = contact().links.get()
        contacts.unlink(link=link.pk, at=NOON)
        before = Link.objects.count()

        with pytest.raises(contacts.UnknownLink):
            contacts.unlink(link=link.pk, at=LATER)

        assert Link.objects.count() == before
