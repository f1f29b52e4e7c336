from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from regulars.crm_core.commerce import orders
from regulars.crm_core.commerce.canonical import OrderKind, OrderStatus
from regulars.crm_core.commerce.models import Order, OrderLine, Product, SaleEntry
from regulars.crm_core.customers.models import Contact
from regulars.platform.facts.models import Fact
from tests.crm_core.commerce.taking import booked, fact_names, take
from tests.factories.commerce import NOON, OTHER_SHOP, buyer, changed, line, order, refund, source

EARLIER, LATER, LAST = (NOON + timedelta(hours=hours) for hours in (-1, 1, 2))
MOST_STATEMENTS = 21  # with the savepoint that stands for a transaction in a test
pytestmark = pytest.mark.usefixtures("tenant")


class TestTake:
    def test_stores_the_order_its_lines_and_its_buyer(self):
        lines = (line("10.00", quantity="2", sku="T1"), line("5.50", product="cup"))
        told = order(lines=lines, shipping=Decimal("3"), tax=Decimal("1.5"), payment_method="card")

        taken = take(told)

        row = Order.objects.get()
        assert (taken.order, taken.outcome) == (row, "new")
        assert (row.total, row.is_counted, row.contact.email) == (Decimal(20), True, "ana@example.com")
        assert (row.email, row.buyer_name, row.payment_method) == ("ana@example.com", "Ana Ray", "card")
        assert list(row.lines.order_by("position").values_list("sku", "quantity", "total")) == [
            ("T1", 2, 10),
            ("", 1, Decimal("5.5")),
        ]
        assert fact_names() == ["order.placed"]

    def test_makes_products_of_lines_and_finds_them_again(self):
        take(order(lines=(line(product="tea"), line(product=""))))
        take(order(lines=(line(product="tea"),)))

        assert Product.objects.get().title == "A tea"
        assert OrderLine.objects.filter(product=None).count() == 1

    def test_keeps_two_shops_apart(self):
        told = order()
        take(told)

        assert take(told, connection_id=OTHER_SHOP).outcome == "new"
        assert (Order.objects.count(), Contact.objects.count()) == (2, 1)

    def test_changes_nothing_when_it_comes_again(self):
        told = order(refunds=(refund("2"),))
        take(told)
        before = Fact.objects.count(), SaleEntry.objects.count()

        again = take(replace(told, total=Decimal("10.000")), at=LATER)

        assert again.outcome == "unchanged"
        assert (Fact.objects.count(), SaleEntry.objects.count()) == before

    def test_applies_a_newer_version(self):
        told = order(lines=(line("10"), line("4", product="cup")))
        take(told)

        kept = replace(told.lines[0], total=Decimal("8"))
        taken = take(changed(told, at=LATER, lines=(kept,), total=Decimal("8")), at=LATER)

        assert taken.outcome == "changed"
        assert list(OrderLine.objects.values_list("total", flat=True)) == [8]
        assert booked() == 8
        assert fact_names() == ["order.placed", "order.changed"]

    @pytest.mark.parametrize("origin", ["webhook", "fetch", "backfill"])
    def test_ignores_an_older_version(self, origin):
        told = order()
        take(changed(told, at=LATER, status=OrderStatus.COMPLETED))

        assert take(told, origin=origin).outcome == "stale"
        assert Order.objects.get().status == "completed"

    def test_asks_the_shop_about_two_versions_of_one_second(self):
        told = order()
        take(told)
        other = replace(told, status=OrderStatus.COMPLETED)

        assert take(other).outcome == "ask"
        assert Order.objects.get().status == "processing"
        assert take(other, origin="fetch").outcome == "changed"
        assert Order.objects.get().status == "completed"

    def test_believes_a_source_without_versions_in_the_order_it_speaks(self):
        told = order(changed_at=None)
        take(told)

        assert take(replace(told, status=OrderStatus.COMPLETED), at=LATER).outcome == "changed"
        assert take(replace(told, status=OrderStatus.COMPLETED), at=LAST).outcome == "unchanged"

    def test_names_what_happened(self):
        told = order()
        take(told)
        take(changed(told, at=LATER, refunds=(refund("2"),)))
        take(changed(told, at=LAST, refunds=(refund("2"),), status=OrderStatus.CANCELLED))

        assert fact_names() == ["order.placed", "order.refunded", "order.cancelled"]

    def test_tells_facts_nothing_about_the_person(self):
        take(order())

        words = str(list(Fact.objects.values_list("before", "after")))
        assert "ana" not in words.lower()

    def test_takes_an_order_with_ids_that_come_twice(self):
        twin = line("10", external_id="1")

        take(order(lines=(twin, twin), refunds=(refund("1"), refund("2"))))

        assert OrderLine.objects.count() == 2
        assert booked() == 17

    @pytest.mark.parametrize(
        ("customer", "email"),
        [(None, ""), (buyer(""), ""), (buyer("Deleted@Site.invalid"), "deleted@site.invalid")],
    )
    def test_gives_nobody_an_order_without_an_address(self, customer, email):
        take(order(customer=customer))

        row = Order.objects.get()
        assert (row.contact, row.email) == (None, email)
        assert not Contact.objects.exists()

    def test_moves_to_another_contact_when_the_buyer_was_corrected(self):
        told = order()
        was = take(told).order.contact

        row = take(changed(told, at=LATER, customer=buyer("bea@example.com"))).order

        assert row.contact.email == "bea@example.com"
        assert Fact.objects.get(name="contact.orders_moved").subject_id == was.pk

    @pytest.mark.parametrize(
        ("more", "is_counted", "money"),
        [
            ({"status": OrderStatus.COMPLETED}, True, 10),
            ({"status": OrderStatus.REFUNDED}, True, 10),
            ({"status": OrderStatus.ON_HOLD}, True, 10),
            ({"status": OrderStatus.PENDING}, False, 0),
            ({"status": OrderStatus.FAILED}, False, 0),
            ({"status": OrderStatus.CANCELLED}, False, 0),
            ({"status": OrderStatus.DRAFT}, False, 0),
            ({"status": OrderStatus.TRASHED}, False, 0),
            ({"is_test": True}, False, 0),
            ({"kind": OrderKind.CREDIT}, False, 10),
            ({"kind": OrderKind.ADJUSTMENT}, False, 10),
        ],
    )
    def test_counts_what_counts(self, more, is_counted, money):
        row = take(order(**more)).order

        assert (row.is_counted, booked()) == (is_counted, money)

    def test_asks_few_statements_and_none_per_line(self, django_assert_max_num_queries):
        take(order())
        few, many = (tuple(line(product=f"p{number}") for number in range(count)) for count in (3, 40))

        with django_assert_max_num_queries(MOST_STATEMENTS):
            take(order(lines=few, customer=buyer("few@example.com")))
        with django_assert_max_num_queries(MOST_STATEMENTS):
            told = order(lines=many, customer=buyer("many@example.com"))
            take(told)
        dearer = tuple(replace(each, total=each.total + 1) for each in told.lines)
        with django_assert_max_num_queries(MOST_STATEMENTS):
            taken = take(changed(told, at=LATER, lines=dearer, total=told.total + 40, refunds=(refund("1"),)))
        assert taken.outcome == "changed"


class TestTakeMany:
    def test_takes_as_take_does_with_one_fact(self):
        told = [order(customer=buyer(f"b{number}@example.com")) for number in range(3)]

        taken = orders.take_many(orders=[*told, told[0]], source=source("backfill"), at=NOON)

        assert [each.outcome for each in taken] == ["new", "new", "new", "unchanged"]
        fact = Fact.objects.get()
        assert (fact.name, fact.origin, fact.after["orders"]) == ("orders.taken", "backfill", 3)
        assert len(fact.after["contacts"]) == 3

    def test_gives_one_buyer_all_their_orders(self):
        told = [order(customer=buyer("ana@example.com")) for _ in range(5)]

        orders.take_many(orders=told, source=source("backfill"), at=NOON)

        assert Contact.objects.get().orders.count() == 5

    def test_asks_as_much_for_many_as_for_one_but_for_the_locks(self, django_assert_num_queries):
        take(order())
        few, many = ([order(customer=buyer(f"{count}-{number}@example.com")) for number in range(count)]
                     for count in (2, 60))  # fmt: skip

        with django_assert_num_queries(17):
            orders.take_many(orders=few, source=source("backfill"), at=NOON)
        with django_assert_num_queries(17 + 58):
            orders.take_many(orders=many, source=source("backfill"), at=NOON)

    def test_updates_those_it_knows(self):
        told = [order() for _ in range(3)]
        orders.take_many(orders=told, source=source("backfill"), at=NOON)
        newer = [changed(each, at=LATER, refunds=(refund("10"),)) for each in told]

        taken = orders.take_many(orders=newer, source=source("backfill"), at=LATER)

        assert {each.outcome for each in taken} == {"changed"}
        assert booked() == 0

    def test_takes_nothing_of_nothing(self):
        assert orders.take_many(orders=[], source=source("backfill"), at=NOON) == []
        assert not Fact.objects.exists()
