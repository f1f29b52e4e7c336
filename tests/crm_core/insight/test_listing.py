from decimal import Decimal

import pytest
from django.core.cache import cache

from regulars.crm_core.insight import listing, metrics
from regulars.crm_core.insight.listing import Count, Filter, Sort
from regulars.crm_core.insight.models import Assumptions, CustomerMetrics, Stage
from regulars.platform import pagination, tenancy
from tests.crm_core.insight.rows import NOON, consent, days_ago, order, person

pytestmark = pytest.mark.usefixtures("tenant")

NAMES = ["Ada Reed", "Bo Lind", "Cy Marsh", "Di Holm", "Ed Vance"]


@pytest.fixture
def people():
    """Spend 40, 30, 20, 10 and nothing; the more they spend the longer ago they ordered."""
    Assumptions.objects.create(pk=1, margin_percent=Decimal(50))
    everybody = [person(name) for name in NAMES]
    for number, contact in enumerate(everybody[:4]):
        order(contact, goods=str(40 - 10 * number), at=days_ago(40 - 10 * number))
        for _ in range(number):
            order(contact, goods="0", at=days_ago(100))
    metrics.recompute(contacts=None, at=NOON)
    return everybody


def names(where=None, sort=Sort.SPEND, size=10):
    """Every name, read page by page to the end and back again."""
    where = where or Filter()
    read, cursor = [], None
    while True:
        page = listing.page(where=where, sort=sort, cursor=cursor, size=size)
        read += [row.name for row in page.rows]
        if page.next is None:
            break
        cursor = page.next
    back = [row.name for row in page.rows]
    while page.previous:
        page = listing.page(where=where, sort=sort, cursor=page.previous, size=size)
        back = [row.name for row in page.rows] + back
    assert back == read
    return read


class TestPage:
    @pytest.mark.parametrize("size", [1, 2, 10])
    @pytest.mark.parametrize(
        ("sort", "expected"),
        [
            (Sort.SPEND, NAMES),
            (Sort.PROFIT, NAMES),
            (Sort.NAME, NAMES),
            (Sort.ORDERS, ["Di Holm", "Cy Marsh", "Bo Lind", "Ada Reed", "Ed Vance"]),
            (Sort.LAST_ORDER, ["Di Holm", "Cy Marsh", "Bo Lind", "Ada Reed", "Ed Vance"]),
        ],
    )
    def test_reads_in_every_order_forwards_and_backwards(self, people, sort, expected, size):
        assert names(sort=sort, size=size) == expected

    def test_shows_figures_beside_the_person(self, people):
        consent(people[0], is_given=True)

        for sort in (Sort.SPEND, Sort.NAME):
            row = listing.page(where=Filter(), sort=sort, cursor=None, size=1).rows[0]

            assert (row.id, row.email, row.stage) == (people[0].pk, "ada@example.com", Stage.NEW)
            assert (row.orders_count, row.total_spent, row.profit) == (1, 40, 20)
            assert (row.profit_is_estimated, row.last_order_at, row.is_reachable) == (
                True,
                days_ago(40),
                True,
            )

    def test_finds_every_word_in_any_order(self, people):
        assert names(Filter(words="REED ada")) == ["Ada Reed"]
        assert names(Filter(words="cy@example")) == ["Cy Marsh"]
        assert names(Filter(words="ada lind")) == []
        assert names(Filter(words="ada lind"), sort=Sort.NAME) == []

    def test_takes_percent_signs_for_what_they_are(self, people):
        assert names(Filter(words="%")) == names(Filter(words="_")) == []

    @pytest.mark.parametrize("sort", [Sort.SPEND, Sort.NAME])
    def test_filters_by_stage_and_reach(self, people, sort):
        consent(people[1], is_given=True)
        consent(people[2], is_given=True, at=days_ago(3))
        consent(people[2], is_given=False, at=days_ago(2))

        assert names(Filter(stage=Stage.LEAD), sort=sort) == ["Ed Vance"]
        assert names(Filter(is_reachable=True), sort=sort) == ["Bo Lind"]
        assert names(Filter(is_reachable=False), sort=sort) == ["Ada Reed", "Cy Marsh", "Di Holm", "Ed Vance"]

    def test_leaves_out_who_was_folded_away(self, people):
        people[0].merged_into = people[1]
        people[0].save()
        metrics.recompute(contacts=None, at=NOON)

        assert names() == names(sort=Sort.NAME) == NAMES[1:]

    def test_by_name_shows_somebody_whose_figures_are_still_to_come(self):
        person("Newcomer")

        row = listing.page(where=Filter(stage=Stage.LEAD), sort=Sort.NAME, cursor=None, size=5).rows[0]

        assert (row.name, row.stage, row.orders_count, row.profit) == ("Newcomer", Stage.LEAD, 0, None)

    def test_refuses_the_cursor_of_another_filter(self, people):
        cursor = listing.page(where=Filter(), sort=Sort.SPEND, cursor=None, size=1).next

        with pytest.raises(pagination.BadCursor):
            listing.page(where=Filter(stage=Stage.NEW), sort=Sort.SPEND, cursor=cursor, size=1)

    @pytest.mark.parametrize("sort", list(Sort))
    def test_costs_one_statement_with_reach_and_figures(self, people, sort, django_assert_num_queries):
        with django_assert_num_queries(2 if sort in (Sort.LAST_ORDER, Sort.PROFIT) else 1):
            listing.page(where=Filter(), sort=sort, cursor=None, size=10)


class TestCounts:
    def test_hold_each_stage_and_all(self, people, django_assert_num_queries):
        with django_assert_num_queries(1):
            counted = listing.counts(where=Filter(stage=Stage.LEAD))

        assert counted[None] == Count(5, is_capped=False)
        assert {stage: count.number for stage, count in counted.items() if stage} == {
            Stage.LEAD: 1,
            Stage.NEW: 1,
            Stage.REPEAT: 3,
            Stage.LOYAL: 0,
            Stage.AT_RISK: 0,
            Stage.LAPSED: 0,
        }

    def test_look_at_words_and_reach(self, people):
        consent(people[0], is_given=True)

        assert listing.counts(where=Filter(words="reed"))[None].number == 1
        assert listing.counts(where=Filter(is_reachable=True))[None].number == 1
        assert listing.counts(where=Filter(words="lind", is_reachable=True))[None].number == 0

    def test_stop_at_the_cap(self, people, monkeypatch):
        monkeypatch.setattr(listing, "COUNT_CAP", 2)

        counted = listing.counts(where=Filter(is_reachable=False))

        assert counted[Stage.REPEAT] == counted[None] == Count(2, is_capped=True)
        assert counted[Stage.NEW] == Count(1, is_capped=False)

    def test_are_exact_for_all_customers(self, people, monkeypatch):
        monkeypatch.setattr(listing, "COUNT_CAP", 2)

        counted = listing.counts(where=Filter())

        assert counted[None] == Count(5, is_capped=False)
        assert counted[Stage.REPEAT] == Count(3, is_capped=False)

    def test_of_a_large_shop_are_remembered_for_its_own_tenant_alone(
        self, people, monkeypatch, book_shop, django_assert_num_queries
    ):
        monkeypatch.setattr(listing, "REMEMBERED_FROM", 4)
        cache.clear()
        listing.counts(where=Filter())

        with django_assert_num_queries(0):
            assert listing.counts(where=Filter())[None].number == 5
        with tenancy.opened(book_shop.schema_name):
            assert listing.counts(where=Filter())[None].number == 0
        cache.clear()


def test_found_gives_the_whole_list_for_an_export(people):
    rows = listing.found(where=Filter(stage=Stage.REPEAT))

    assert {row.contact.name for row in rows} == {"Bo Lind", "Cy Marsh", "Di Holm"}
    assert CustomerMetrics.objects.count() == 5
