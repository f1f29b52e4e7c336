"""Pages by key over real rows: every row once, in both directions, through ties, empty values and changes."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.crm_core.commerce.models import Order, Product
from regulars.crm_core.customers.models import Contact
from regulars.crm_core.insight.models import CustomerMetrics
from regulars.platform import pagination
from regulars.platform.pagination import Key

pytestmark = pytest.mark.usefixtures("tenant")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NEWEST = [Key("ordered_at", is_descending=True), Key("id", is_descending=True)]


def make_orders(*minutes):
    return Order.objects.bulk_create(
        Order(
            external_id=str(number),
            number=f"#{number}",
            status="completed",
            currency="EUR",
            ordered_at=NOON + timedelta(minutes=minute),
            origin="webhook",
            taken_at=NOON,
        )
        for number, minute in enumerate(minutes)
    )


def make_metrics(*last_orders):
    contacts = Contact.objects.bulk_create(
        Contact(name=f"Buyer {number}", appeared_at=NOON, changed_at=NOON)
        for number in range(len(last_orders))
    )
    return CustomerMetrics.objects.bulk_create(
        CustomerMetrics(
            contact=contact,
            last_order_at=None if minute is None else NOON + timedelta(minutes=minute),
            computed_at=NOON,
        )
        for contact, minute in zip(contacts, last_orders, strict=True)
    )


def walk(queryset, *, order, size, **options):
    """All pages forwards, then all pages back from the last one."""
    forwards, cursor = [], None
    while True:
        page = pagination.page(queryset, order=order, cursor=cursor, size=size, salt="test", **options)
        forwards.append(page.rows)
        if page.next is None:
            break
        cursor = page.next
    back = [page.rows]
    while page.previous is not None:
        page = pagination.page(queryset, order=order, cursor=page.previous, size=size, salt="test", **options)
        back.append(page.rows)
    return forwards, back[::-1]


def flat(pages):
    return [row for page in pages for row in page]


class TestWalking:
    def test_shows_every_row_once_though_all_were_ordered_at_one_time(self):
        make_orders(*[0] * 2_500)

        forwards, back = walk(Order.objects.all(), order=NEWEST, size=100)

        assert flat(forwards) == list(Order.objects.order_by("-ordered_at", "-id"))
        assert back == forwards

    def test_goes_up_as_well_as_down(self):
        make_orders(3, 1, 2, 2, 5)
        order = [Key("ordered_at"), Key("id")]

        forwards, back = walk(Order.objects.all(), order=order, size=2)

        assert flat(forwards) == list(Order.objects.order_by("ordered_at", "id"))
        assert [len(page) for page in forwards] == [2, 2, 1]
        assert back == forwards

    @pytest.mark.parametrize("is_descending", [True, False])
    @given(
        last_orders=st.lists(st.one_of(st.none(), st.integers(0, 3)), max_size=9),
        size=st.integers(1, 4),
    )
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_puts_rows_without_a_value_last_in_both_directions(self, is_descending, last_orders, size):
        CustomerMetrics.objects.all().delete()
        rows = make_metrics(*last_orders)
        order = [
            Key("last_order_at", is_descending=is_descending, is_nullable=True),
            Key("contact_id", is_descending=is_descending),
        ]

        forwards, back = walk(CustomerMetrics.objects.all(), order=order, size=size)

        filled = [row for row in rows if row.last_order_at is not None]
        empty = [row for row in rows if row.last_order_at is None]
        filled.sort(key=lambda row: (row.last_order_at, row.contact_id), reverse=is_descending)
        empty.sort(key=lambda row: row.contact_id, reverse=is_descending)
        assert flat(forwards) == filled + empty
        assert back == forwards

    def test_sorts_by_a_related_row_that_may_be_missing(self):
        metrics = make_metrics(1, None, 2)
        lead = Contact.objects.create(name="No metrics yet", appeared_at=NOON, changed_at=NOON)
        order = [
            Key("metrics__last_order_at", is_descending=True, is_nullable=True),
            Key("id", is_descending=True),
        ]

        forwards, back = walk(Contact.objects.select_related("metrics"), order=order, size=1)

        ids = [metrics[2].contact_id, metrics[0].contact_id, lead.pk, metrics[1].contact_id]
        assert [contact.pk for contact in flat(forwards)] == ids
        assert back == forwards

    def test_reads_plain_and_named_rows(self):
        orders = make_orders(1, 2, 3)
        plain = Order.objects.values_list("number", "ordered_at", "id")
        named = Order.objects.values_list("number", "ordered_at", "id", named=True)

        tuples, _ = walk(plain, order=NEWEST, size=2, position=lambda row: row[1:3])
        names, _ = walk(named, order=NEWEST, size=2)

        assert [row[0] for row in flat(tuples)] == [order.number for order in reversed(orders)]
        assert [row.number for row in flat(names)] == [order.number for order in reversed(orders)]

    def test_keeps_amounts_and_words_exact(self):
        Product.objects.bulk_create(
            Product(external_id=str(number), title=title, price=price, currency="EUR")
            for number, (title, price) in enumerate(
                [("O'Hara 100%", "0.0001"), ("ÄÖ %s", "0.0002"), ('"\\', "999999999999999.9999")]
            )
        )

        by_price, _ = walk(Product.objects.all(), order=[Key("price", is_nullable=True), Key("id")], size=1)
        by_title, _ = walk(Product.objects.all(), order=[Key("title"), Key("id")], size=1)

        assert flat(by_price) == list(Product.objects.order_by("price"))
        assert flat(by_title) == list(Product.objects.order_by("title"))


class TestChanges:
    def test_neither_repeats_nor_skips_when_rows_come_and_go(self):
        orders = make_orders(*range(6))
        first = pagination.page(Order.objects.all(), order=NEWEST, cursor=None, size=2, salt="test")

        orders[5].delete()
        make_late = Order(
            external_id="late", number="#late", status="completed", currency="EUR", origin="webhook",
            ordered_at=NOON + timedelta(hours=9), taken_at=NOON,
        )  # fmt: skip
        make_late.save()
        second = pagination.page(Order.objects.all(), order=NEWEST, cursor=first.next, size=2, salt="test")

        assert [order.number for order in second.rows] == ["#3", "#2"]

    def test_gives_a_full_first_page_when_the_way_back_has_become_short(self):
        orders = make_orders(*range(6))
        first = pagination.page(Order.objects.all(), order=NEWEST, cursor=None, size=2, salt="test")
        second = pagination.page(Order.objects.all(), order=NEWEST, cursor=first.next, size=2, salt="test")

        orders[5].delete()
        page = pagination.page(Order.objects.all(), order=NEWEST, cursor=second.previous, size=2, salt="test")

        assert [order.number for order in page.rows] == ["#4", "#3"]
        assert page.previous is None
        assert page.next is not None

    def test_finds_the_way_back_from_a_page_that_has_become_empty(self):
        orders = make_orders(*range(4))
        first = pagination.page(Order.objects.all(), order=NEWEST, cursor=None, size=2, salt="test")
        orders[0].delete()
        orders[1].delete()

        empty = pagination.page(Order.objects.all(), order=NEWEST, cursor=first.next, size=2, salt="test")
        back = pagination.page(Order.objects.all(), order=NEWEST, cursor=empty.previous, size=2, salt="test")

        assert (empty.rows, empty.next) == ([], None)
        assert back.rows == first.rows

    def test_has_no_neighbors_when_nothing_is_there(self):
        page = pagination.page(Order.objects.all(), order=NEWEST, cursor=None, size=2, salt="test")

        assert page == pagination.Page([], next=None, previous=None)


class TestCursor:
    @pytest.fixture
    def cursor(self):
        make_orders(1, 2, 3)
        return pagination.page(Order.objects.all(), order=NEWEST, cursor=None, size=1, salt="orders").next

    @pytest.mark.parametrize(
        "spoil", [lambda c: c[:-1] + ("A" if c[-1] != "A" else "B"), lambda c: "x", lambda c: c * 20]
    )
    def test_is_refused_when_it_is_not_ours(self, cursor, spoil):
        with pytest.raises(pagination.BadCursor):
            pagination.page(Order.objects.all(), order=NEWEST, cursor=spoil(cursor), size=1, salt="orders")

    def test_is_refused_under_another_filter(self, cursor):
        with pytest.raises(pagination.BadCursor):
            pagination.page(
                Order.objects.all(), order=NEWEST, cursor=cursor, size=1, salt="orders|status=paid"
            )

    def test_is_refused_under_another_order(self, cursor):
        other = [Key("ordered_at"), Key("id")]

        with pytest.raises(pagination.BadCursor):
            pagination.page(Order.objects.all(), order=other, cursor=cursor, size=1, salt="orders")

    def test_is_refused_when_it_was_signed_for_something_else(self, cursor):
        foreign = signing.dumps(["after", "t2026-03-01T12:00:00+00:00", "u" + "0" * 32])

        with pytest.raises(pagination.BadCursor):
            pagination.page(Order.objects.all(), order=NEWEST, cursor=foreign, size=1, salt="orders")


class TestCost:
    def test_reads_a_later_page_by_one_range_of_the_index(self):
        make_orders(*[0] * 3_000)
        page = pagination.page(Order.objects.all(), order=NEWEST, cursor=None, size=1_500, salt="test")
        with connection.cursor() as cursor:
            # A tenant's role may not ANALYZE: without statistics the planner is kept to the index.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
            cursor.execute("SET LOCAL enable_sort = off")

        with CaptureQueriesContext(
            connection,
        ) as statements:
            pagination.page(Order.objects.all(), order=NEWEST, cursor=page.next, size=25, salt="test")
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN " + statements[0]["sql"])
            plan = "\n".join(line for (line,) in cursor.fetchall())

        assert len(statements) == 1
        assert "orders_newest" in plan
        assert "Index Cond: (ROW(ordered_at, id) < ROW(" in plan
        assert "Filter" not in plan

    def test_asks_twice_only_where_values_run_out(self):
        make_metrics(3, 2, 1, None, None)
        order = [
            Key("last_order_at", is_descending=True, is_nullable=True),
            Key("contact_id", is_descending=True),
        ]

        def statements(cursor, size):
            with CaptureQueriesContext(connection) as found:
                page = pagination.page(
                    CustomerMetrics.objects.all(), order=order, cursor=cursor, size=size, salt="test"
                )
            return len(found), page.next

        assert statements(None, 2)[0] == 1
        count, cursor = statements(None, 3)
        assert count == 2
        assert statements(cursor, 2)[0] == 2


class TestOrder:
    @pytest.mark.parametrize(
        "order",
        [
            [Key("ordered_at", is_descending=True), Key("id")],
            [Key("ordered_at"), Key("cancelled_at", is_nullable=True), Key("id")],
        ],
    )
    def test_refuses_what_no_index_range_can_read(self, order):
        with pytest.raises(ValueError, match="key"):
            pagination.page(Order.objects.all(), order=order, cursor=None, size=1, salt="test")
