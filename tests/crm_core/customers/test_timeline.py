from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from regulars.crm_core.commerce import orders
from regulars.crm_core.commerce.canonical import Gone
from regulars.crm_core.commerce.models import Order
from regulars.crm_core.customers import contacts, notes, timeline
from regulars.crm_core.customers.timeline import Kind
from regulars.platform.pagination import BadCursor
from tests.factories.commerce import NOON, buyer, order, refund, source
from tests.factories.customers import contact, said

pytestmark = pytest.mark.usefixtures("tenant")


def at(hours):
    return NOON + timedelta(hours=hours)


def bought(*, hours, **more):
    taken = order(ordered_at=at(hours), changed_at=at(hours), customer=buyer(), **more)
    return orders.take(order=taken, source=source(), at=at(hours)).order


@pytest.fixture
def ana():
    """Linked at noon, an order, a refund, a note, a word: each an hour after the other."""
    ana = contact()
    bought(hours=1, refunds=(refund("2.50", refunded_at=at(2), reason="broken"),))
    notes.write(contact=ana.pk, body="Called", author_name="Jo", at=at(3))
    said(ana, yes=True, at=at(4))
    return ana


def kinds_of(contact, **more):
    return [item.kind for item in timeline.of(contact=contact.pk, **{"size": 25, **more}).items]


class TestOf:
    def test_tells_everything_the_newest_first(self, ana):
        items = timeline.of(contact=ana.pk, size=25).items

        assert [item.kind for item in items] == [Kind.CONSENT, Kind.NOTE, Kind.REFUND, Kind.ORDER]
        assert [item.at for item in items] == [at(hours) for hours in (4, 3, 2, 1)]

    def test_tells_what_each_was(self, ana):
        word, note, refunded, placed = timeline.of(contact=ana.pk, size=25).items

        assert (placed.amount, placed.currency, placed.words) == (Decimal(10), "EUR", "A tea")
        assert (refunded.amount, refunded.words) == (Decimal("2.5"), "broken")
        assert (refunded.title, refunded.id) == (placed.title, placed.id)
        assert (note.words, note.title) == ("Called", "Jo")
        assert (word.title, word.status, word.words) == ("email", "yes", "form")

    def test_tells_only_the_kinds_asked_for(self, ana):
        assert kinds_of(ana, kinds=[Kind.ORDER, Kind.REFUND]) == [Kind.REFUND, Kind.ORDER]

    def test_leaves_out_what_was_taken_back(self, ana):
        [note] = timeline.of(contact=ana.pk, kinds=[Kind.NOTE], size=25).items
        notes.take_back(note=UUID(note.id), at=at(5))
        external_id = Order.objects.get().external_id
        orders.gone(gone=Gone(kind="order", external_id=external_id), source=source(), at=at(5))

        assert kinds_of(ana) == [Kind.CONSENT]

    def test_tells_the_story_of_those_folded_in_and_of_the_merge(self, ana):
        other = contact("other@example.com")
        notes.write(contact=other.pk, body="From the other", at=at(5))

        contacts.merge(keep=ana.pk, absorb=other.pk, at=at(6))

        assert kinds_of(ana)[:2] == [Kind.IDENTITY, Kind.NOTE]

    @pytest.mark.parametrize("size", [1, 2, 3, 7])
    def test_pages_without_a_gap_or_a_repeat_also_at_equal_times(self, ana, size):
        for _ in range(3):
            notes.write(contact=ana.pk, body="At once", at=at(1))
            bought(hours=1)
            said(ana, yes=True, at=at(1))
        whole = timeline.of(contact=ana.pk, size=100).items

        found, cursor = [], None
        while True:
            page = timeline.of(contact=ana.pk, cursor=cursor, size=size)
            found += page.items
            if page.next is None:
                break
            cursor = page.next

        assert found == whole
        assert len({item.key for item in found}) == 13

    def test_asks_the_same_number_of_statements_however_long_it_is(self, ana, django_assert_num_queries):
        with django_assert_num_queries(2):
            timeline.of(contact=ana.pk, size=25)
        for hours in range(30):
            bought(hours=hours)
        with django_assert_num_queries(2):
            assert len(kinds_of(ana)) == 25

    def test_shows_nothing_of_another(self, ana):
        assert kinds_of(contact("other@example.com")) == []

    @pytest.mark.parametrize("cursor", ["x", "x" * 600])
    def test_refuses_a_cursor_we_did_not_make(self, ana, cursor):
        with pytest.raises(BadCursor):
            timeline.of(contact=ana.pk, cursor=cursor, size=25)

    def test_refuses_a_cursor_of_another_story(self, ana):
        cursor = timeline.of(contact=ana.pk, size=1).next

        with pytest.raises(BadCursor):
            timeline.of(contact=contact("other@example.com").pk, cursor=cursor, size=25)
