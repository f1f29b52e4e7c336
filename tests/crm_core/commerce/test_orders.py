from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from regulars.crm_core.commerce import forgetting, ledger, orders, products, rates
from regulars.crm_core.commerce.canonical import Gone, OrderKind, OrderStatus
from regulars.crm_core.commerce.models import Order, OrderLine, Product, SaleEntry
from regulars.crm_core.customers import contacts
from regulars.crm_core.customers.models import Contact
from regulars.platform.facts.models import Fact
from tests.factories.commerce import NOON, OTHER_SHOP, buyer, changed, line, order, refund, source

EARLIER, LATER, LAST = (NOON + timedelta(hours=hours) for hours in (-1, 1, 2))
MOST_STATEMENTS = 21  # with the savepoint that stands for a transaction in a test
pytestmark = pytest.mark.usefixtures("tenant")


def take(taken, *, origin="webhook", at=NOON, **more):
    return orders.take(order=taken, source=source(origin, **more), at=at)


def gone(taken, *, at=LATER, changed_at=None, **more):
    told = Gone(kind="order", external_id=taken.external_id, changed_at=changed_at, **more)
    return orders.gone(gone=told, source=source(), at=at)


def fact_names():
    return [name for name in Fact.objects.order_by("pk").values_list("name", flat=True) if "order" in name]


def booked(**where):
    return sum(SaleEntry.objects.filter(**where).values_list("amount", flat=True), Decimal(0))


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


class TestErasure:
    def test_redacts_the_order_and_a_guest_with_no_other(self):
        told = order()
        contact = take(told).order.contact

        take(changed(told, at=LATER, customer=buyer("deleted@site.invalid", is_erased=True)), at=LATER)

        row = Order.objects.get()
        contact.refresh_from_db()
        assert (row.email, row.buyer_name) == (f"erased-{row.pk.hex}@erased.invalid", "")
        assert (row.contact, contact.name) == (contact, "")
        assert contact.redacted_at == LATER
        assert booked() == 10

    def test_leaves_a_regular_customer_whose_old_order_was_blanked(self):
        told = order()
        contact = take(told).order.contact
        take(order())

        take(changed(told, at=LATER, customer=buyer("deleted@site.invalid", is_erased=True)), at=LATER)

        contact.refresh_from_db()
        assert (contact.redacted_at, contact.name) == (None, "Ana Ray")

    def test_reaches_all_orders_of_a_redacted_contact(self):
        row = take(order(refunds=(refund("1", reason="Ana said so"),))).order
        contacts.redact(contact=row.contact_id, at=LATER)

        assert forgetting.redact_orders(contact=row.contact_id) == 1
        assert forgetting.redact_orders(contact=row.contact_id) == 0

        row.refresh_from_db()
        assert (row.email, row.buyer_name) == (f"erased-{row.pk.hex}@erased.invalid", "")
        assert row.refunds.get().reason == ""

    def test_touches_nobody_who_is_not_redacted(self):
        row = take(order()).order

        assert forgetting.redact_orders(contact=row.contact_id) == 0


class TestGone:
    def test_takes_the_money_back_and_leaves_a_tombstone(self):
        told = order()
        take(told)

        row = gone(told, at=LATER)

        assert (row.gone_at, row.is_counted, row.status, booked()) == (LATER, False, "trashed", 0)
        assert fact_names() == ["order.placed", "order.gone"]

    def test_is_said_once(self):
        told = order()
        take(told)
        gone(told)

        gone(told, at=LAST)

        assert fact_names() == ["order.placed", "order.gone"]

    @pytest.mark.parametrize("changed_at", [LATER, None])
    def test_is_not_undone_by_late_older_news(self, changed_at):
        told = order()
        take(told)
        gone(told, changed_at=changed_at)

        assert take(told, at=LAST).outcome == "stale"
        assert booked() == 0

    def test_holds_for_an_order_that_we_never_saw(self):
        told = order()
        gone(told, changed_at=LATER)

        assert take(told, at=LAST).outcome == "stale"
        assert (Order.objects.get().gone_at, booked()) == (LATER, 0)

    def test_ignores_older_news_of_a_restored_order(self):
        told = changed(order(), at=LATER)
        take(told)

        gone(told, changed_at=NOON, at=LAST)

        assert Order.objects.get().gone_at is None

    def test_is_undone_by_a_newer_version(self):
        told = order()
        take(told)
        gone(told, changed_at=LATER)

        taken = take(changed(told, at=LAST), at=LAST)

        assert (taken.outcome, taken.order.gone_at, booked()) == ("restored", None, 10)
        assert fact_names()[-1] == "order.restored"

    def test_has_the_shop_asked_where_the_times_leave_it_open(self):
        told = order()
        take(told)
        gone(told, at=LAST)  # the shop gave no time: LAST is when we heard
        restored = changed(told, at=LATER)

        assert take(restored, at=LAST).outcome == "ask"
        assert take(restored, origin="fetch", at=LAST).outcome == "restored"
        assert booked() == 10

    def test_comes_with_a_status_too(self):
        told = order()
        take(told)

        row = take(changed(told, at=LATER, status=OrderStatus.TRASHED)).order

        assert (row.gone_at, booked()) == (LATER, 0)
        assert fact_names()[-1] == "order.gone"


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


class TestForeignMoney:
    def test_is_worth_what_the_rate_of_its_day_says(self):
        rates.give(currency="USD", rate=Decimal("0.9"), valid_from=EARLIER.date(), at=EARLIER)
        take(order(currency="USD"))

        assert sum(SaleEntry.objects.values_list("base_amount", flat=True)) == 9

    def test_is_never_added_without_a_rate_also_when_one_comes_later(self):
        told = order(currency="USD")
        take(told)
        rates.give(currency="USD", rate=Decimal("0.9"), valid_from=EARLIER.date(), at=LATER)
        take(changed(told, at=LATER, refunds=(refund("4"),)), at=LATER)

        assert set(SaleEntry.objects.values_list("base_amount", flat=True)) == {None}
        assert booked() == 6

    def test_leaves_nothing_after_a_full_refund_whatever_the_rate_became(self):
        rates.give(currency="USD", rate=Decimal("0.913777777"), valid_from=NOON.date(), at=NOON)
        lines = (line("3.33"), line("3.33"), line("3.35"))
        told = order(currency="USD", lines=lines, shipping=Decimal("1.11"))
        take(told)
        rates.give(currency="USD", rate=Decimal("1.5"), valid_from=NOON.date(), at=LATER)

        take(changed(told, at=LATER, refunds=(refund("11.12"),), status=OrderStatus.REFUNDED), at=LATER)

        assert sum(SaleEntry.objects.values_list("base_amount", flat=True)) == Decimal("0.00")

    def test_asks_for_a_rate_that_is_one(self):
        with pytest.raises(rates.BadRate):
            rates.give(currency="EUR", rate=Decimal(2), valid_from=NOON.date(), at=NOON)
        with pytest.raises(rates.BadRate):
            rates.give(currency="USD", rate=Decimal(0), valid_from=NOON.date(), at=NOON)

        assert rates.listed() == []


class TestCost:
    def test_is_what_the_line_says_else_what_the_product_costs(self):
        take(order(lines=(line(product="tea"), line(product="cup"))))
        products.set_cost(product=Product.objects.get(external_id="tea").pk, unit_cost=Decimal(3), at=NOON)
        SaleEntry.objects.all().delete()

        take(order(lines=(line(product="tea", quantity="2"), line(product="cup", unit_cost=Decimal(1)))))

        costs = SaleEntry.objects.filter(kind="item").order_by("cost").values_list("cost", flat=True)
        assert list(costs) == [1, 6]

    def test_stays_what_it_was_when_it_was_sold(self):
        take(order(lines=(line(product="tea"),)))
        tea = Product.objects.get()
        products.set_cost(product=tea.pk, unit_cost=Decimal(3), at=NOON)
        told = order(lines=(line(product="tea"),))
        row = take(told).order
        products.set_cost(product=tea.pk, unit_cost=Decimal(4), at=NOON)

        take(changed(told, at=LATER, status=OrderStatus.COMPLETED))

        assert [entry.cost for entry in row.entries.filter(kind="item")] == [3]

    def test_is_learned_by_taking_the_uncosted_entry_back(self):
        told = order(lines=(line("10", product="tea"),))
        row = take(told).order

        take(changed(told, at=LATER, lines=(replace(told.lines[0], unit_cost=Decimal(4)),)))

        entries = row.entries.order_by("pk").values_list("amount", "cost")
        assert sorted(entries, key=str) == sorted([(10, None), (-10, None), (10, 4)], key=str)
        assert {each.cost for each in ledger.standing(row.entries.all()).values() if each.amount} == {4}

    def test_goes_with_a_cancelled_order_but_not_with_a_refund(self):
        told = order(lines=(line("10", unit_cost=Decimal(4)),))
        row = take(told).order

        take(changed(told, at=LATER, refunds=(refund("10"),)))
        assert sum(each.cost or 0 for each in row.entries.all()) == 4
        take(changed(told, at=LAST, status=OrderStatus.CANCELLED))

        assert sum(each.cost or 0 for each in row.entries.all()) == 0
