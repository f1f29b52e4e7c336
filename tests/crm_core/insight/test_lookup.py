import pytest

from regulars.crm_core.insight import lookup, metrics
from tests.crm_core.insight.rows import NOON, order, person

pytestmark = pytest.mark.usefixtures("tenant")


def known(*people, spent="10"):
    for contact in people:
        order(contact, goods=spent)
    metrics.recompute(contacts=None, at=NOON)


def names(words, limit=5):
    return [hit.name for hit in lookup.named(words=words, limit=limit)]


class TestNamed:
    def test_puts_names_that_begin_so_before_words_that_do(self):
        order(person("Priya Maron"), goods="90")
        order(person("Mateo Silva"), goods="10")
        metrics.recompute(contacts=None, at=NOON)

        assert names("ma") == ["Mateo Silva", "Priya Maron"]

    def test_looks_inside_words_only_when_there_is_room(self):
        known(person("Amara Diallo"), person("Mara Holt"))

        assert names("mar") == ["Mara Holt", "Amara Diallo"]
        assert names("mar", limit=1) == ["Mara Holt"]

    def test_looks_inside_words_for_no_less_than_three_letters(self):
        known(person("Amara Diallo"))

        assert names("ma") == []

    def test_wants_every_word(self):
        known(person("Ana Ray", city="Bonn"), person("Ana Lund", city="Rome"))

        assert names("ana bonn") == ["Ana Ray"]

    @pytest.mark.parametrize("words", ["", "   ", "%", "_", "zzz"])
    def test_finds_nobody_for_nothing(self, words):
        known(person("Ana Ray"))

        assert names(words) == []

    def test_leaves_out_who_was_folded_into_another(self):
        kept, gone = person("Ana Ray"), person("Ana Rey")
        known(kept, gone)
        gone.merged_into = kept
        gone.save()
        metrics.recompute(contacts=None, at=NOON)

        assert names("ana") == ["Ana Ray"]


class TestCalling:
    @pytest.mark.parametrize("kept", ["+49 171 555 01 99", "0171/5550199", "0049 (171) 5550199"])
    @pytest.mark.parametrize("written", ["+49 171 5550199", "0171-555-0199"])
    def test_finds_a_number_however_both_are_written(self, kept, written):
        known(person("Ana Ray", phone=kept))

        assert [hit.name for hit in lookup.calling(phone=written, limit=3)] == ["Ana Ray"]

    def test_tells_countries_apart(self):
        known(person("Ana Ray", phone="+49 171 5550199"), person("Bea Lund", phone="+45 171 5550199"))

        assert [hit.name for hit in lookup.calling(phone="+45 171 5550199", limit=3)] == ["Bea Lund"]

    @pytest.mark.parametrize("written", ["", "ana", "12345", "#1042"])
    def test_asks_nothing_for_what_is_no_number(self, written, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert lookup.calling(phone=written, limit=3) == []
