import pytest

from regulars.crm_core.customers import contacts, notes
from regulars.crm_core.customers.models import Note
from regulars.platform import ids
from regulars.platform.facts.models import Fact
from tests.factories.commerce import NOON
from tests.factories.customers import contact

pytestmark = pytest.mark.usefixtures("tenant")


class TestWrite:
    def test_keeps_who_wrote_it(self):
        author = ids.new()

        note = notes.write(
            contact=contact().pk, body=" Likes Assam. ", author_id=author, author_name="Jo", at=NOON
        )

        assert (note.body, note.author_id, note.author_name, note.written_at) == (
            "Likes Assam.",
            author,
            "Jo",
            NOON,
        )

    def test_goes_to_the_one_that_stays(self):
        kept, absorbed = contact("a@example.com"), contact("b@example.com")
        contacts.merge(keep=kept.pk, absorb=absorbed.pk, at=NOON)

        assert notes.write(contact=absorbed.pk, body="Hello", at=NOON).contact == kept

    @pytest.mark.parametrize("body", ["", " \n", "x" * 10_001])
    def test_refuses_an_empty_or_endless_one(self, body):
        with pytest.raises(notes.BadNote):
            notes.write(contact=contact().pk, body=body, at=NOON)

        assert not Note.objects.exists()


class TestTakeBack:
    def test_hides_it_and_is_undone(self):
        note = notes.write(contact=contact().pk, body="Hello", at=NOON)

        assert notes.take_back(note=note.pk, at=NOON).removed_at == NOON
        assert notes.put_back(note=note.pk, at=NOON).removed_at is None

    def test_is_recorded_once(self):
        note = notes.write(contact=contact().pk, body="Hello", at=NOON)
        notes.take_back(note=note.pk, at=NOON)
        notes.take_back(note=note.pk, at=NOON)

        assert Fact.objects.filter(name="note.taken_back").count() == 1

    def test_refuses_an_unknown_note(self):
        with pytest.raises(notes.UnknownNote):
            notes.take_back(note=ids.new(), at=NOON)


class TestPutBack:
    def test_refuses_one_that_was_emptied_with_its_contact(self):
        taken = contact()
        note = notes.write(contact=taken.pk, body="Hello", at=NOON)
        contacts.redact(contact=taken.pk, at=NOON)

        with pytest.raises(notes.UnknownNote):
            notes.put_back(note=note.pk, at=NOON)
