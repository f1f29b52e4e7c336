import pytest

from regulars.crm_core.insight import attention, metrics
from tests.crm_core.insight.rows import NOON, days_ago, order, person

pytestmark = pytest.mark.usefixtures("tenant")


def silent(name, *, goods="10", since=200):
    contact = person(name)
    for days in (since + 40, since + 20, since):
        order(contact, at=days_ago(days), goods=goods)
    return contact


class TestDue:
    def test_names_the_most_valuable_first_with_habit_and_silence(self):
        silent("Ana Ray", goods="10")
        silent("Bea Lund", goods="30")
        metrics.recompute(contacts=None, at=NOON)

        first, second = attention.due(limit=5, at=NOON)

        assert (first.name, second.name) == ("Bea Lund", "Ana Ray")
        assert (first.usual_gap_days, first.silent_days, first.at_stake) == (20, 200, 30)

    def test_stops_at_the_limit_and_counts_all(self):
        for name in ("Ana", "Bea", "Cleo"):
            silent(name)
        metrics.recompute(contacts=None, at=NOON)

        assert len(attention.due(limit=2, at=NOON)) == 2
        assert attention.count() == 3

    def test_leaves_out_who_is_not_silent_lapsed_or_has_no_habit(self):
        silent("Lapsed", since=400)
        order(person("Once"), at=days_ago(300))
        order(person("Fresh"), at=days_ago(1))
        metrics.recompute(contacts=None, at=NOON)

        assert attention.due(limit=5, at=NOON) == []


class TestOf:
    def test_speaks_of_one_customer(self):
        contact = silent("Ana Ray")
        metrics.recompute(contacts=None, at=NOON)
        contact.refresh_from_db()

        assert attention.of(metrics=contact.metrics, at=NOON).silent_days == 200

    def test_says_nothing_where_nothing_is_due(self):
        contact = person("Ana Ray")
        order(contact, at=days_ago(1))
        metrics.recompute(contacts=None, at=NOON)
        contact.refresh_from_db()

        assert attention.of(metrics=contact.metrics, at=NOON) is None
