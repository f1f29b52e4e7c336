from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db.models import Sum
from django.utils import timezone

from regulars.crm_core.commerce import orders
from regulars.crm_core.commerce.canonical import Gone, Source
from regulars.crm_core.commerce.imports import mapping, storing
from regulars.crm_core.commerce.models import Import, Order, OrderLine, Product, SaleEntry
from regulars.crm_core.customers.models import Contact, Link
from regulars.crm_core.insight.models import CustomerMetrics
from regulars.platform.facts import facts
from tests.crm_core.commerce.imports.conftest import TILL
from tests.crm_core.commerce.imports.written import CUP, POT, TEA, rows_of_everything, spent


class TestTake:
    def test_makes_contacts_products_orders_lines_and_a_ledger(self, bring):
        taken = bring(TEA, POT, CUP)

        assert (taken.new, taken.changed, taken.unchanged, taken.rejected) == (2, 0, 0, 0)
        order = Order.objects.get(number="1")
        assert (order.total, order.kind, order.status, order.is_counted) == (39, "sale", "completed", True)
        assert order.ordered_at == datetime(2026, 4, 30, 23, tzinfo=UTC)  # midnight in London's summer
        assert (order.contact.name, order.contact.source) == ("Customer 7", "import")
        assert order.contact.appeared_at == order.ordered_at
        told = mapping.read(TILL)
        assert order.contact.links.get().value == f"{told.connection_id}:7"
        lines = order.lines.order_by("position").values_list("sku", "quantity", "total")
        assert list(lines) == [("tea", 2, 9), ("pot", 1, 30)]
        assert Product.objects.get(external_id="tea").price == Decimal("4.5")
        assert spent("1") == (39, 39)
        assert Contact.objects.get(email="bo@example.com").orders.get().number == "2"

    def test_books_what_the_ledger_says_is_due(self, bring):
        from regulars.crm_core.commerce import ledger

        bring(TEA, POT, CUP, ("R3", "tea", "", "-1", "4.50", "2026-06-02", "7", ""))

        for order in Order.objects.all():
            due = {
                place: standing
                for place, standing in ledger.due(order, order.lines.all(), []).items()
                if standing.amount or standing.quantity
            }
            stands = ledger.standing(order.entries.all())
            assert {place: (each.kind, each.amount, each.quantity) for place, each in stands.items()} == {
                place: (each.kind, each.amount, each.quantity) for place, each in due.items()
            }

    def test_again_changes_nothing_at_all(self, bring):
        bring(TEA, POT, CUP)
        before = rows_of_everything()

        again = bring(TEA, POT, CUP, at=timezone.now() + timedelta(days=1))

        assert (again.new, again.changed, again.unchanged, again.fact) == (0, 0, 2, None)
        assert rows_of_everything() == before
        assert Import.objects.filter(state="done").count() == 2

    def test_takes_the_file_that_is_given_last_and_keeps_the_ledger(self, bring):
        bring(TEA, POT, CUP)
        kept = list(SaleEntry.objects.order_by("pk").values_list())

        changed = bring((*TEA[:3], "3", *TEA[4:]), CUP)  # three pieces, and no pot

        assert (changed.new, changed.changed, changed.unchanged) == (0, 1, 1)
        assert Order.objects.get(number="1").total == Decimal("13.5")
        assert [line.quantity for line in OrderLine.objects.filter(order__number="1")] == [3]
        assert spent("1") == (Decimal("13.5"), Decimal("13.5"))
        assert list(SaleEntry.objects.order_by("pk").values_list())[: len(kept)] == kept

    def test_moves_an_order_to_whom_the_file_says(self, bring):
        bring(TEA)
        bring((*TEA[:6], "8", ""))

        assert Order.objects.get().contact.name == "Customer 8"

    def test_leaves_alone_what_was_deleted_since(self, bring):
        bring(TEA)
        source = Source(connection_id=str(mapping.read(TILL).connection_id), origin="staff")
        orders.gone(gone=Gone(kind="order", external_id="1"), source=source, at=timezone.now())

        again = bring((*TEA[:3], "5", *TEA[4:]))

        assert (again.deleted, again.changed, again.new) == (1, 0, 0)
        assert spent("1") == (0, 0)

    def test_counts_a_credit_as_money_and_not_as_an_order(self, bring):
        bring(TEA, ("R1", "tea", "Green tea", "-2", "4.50", "2026-05-03", "7", ""))

        credit = Order.objects.get(number="R1")
        assert (credit.kind, credit.is_counted, credit.total) == ("credit", False, -9)
        assert SaleEntry.objects.aggregate(Sum("base_amount"))["base_amount__sum"] == 0

    def test_keeps_equal_lines_and_numbers_them(self, bring):
        bring(TEA, TEA, TEA)

        assert list(OrderLine.objects.order_by("position").values_list("position", "external_id")) == [
            (1, "1"),
            (2, "2"),
            (3, "3"),
        ]
        assert spent("1") == (27, 27)

    def test_takes_the_earliest_time_of_an_order_and_lines_that_lie_apart(self, bring):
        bring(POT, CUP, (*TEA[:5], "2026-04-01", *TEA[6:]))

        order = Order.objects.get(number="1")
        assert (order.ordered_at.month, order.lines.count()) == (3, 2)  # 31 March, 23:00 UTC

    def test_makes_figures_by_the_fact_it_records(self, bring):
        taken = bring(TEA, POT, CUP)

        facts.work(at=timezone.now() + timedelta(seconds=1))

        assert facts.is_settled(taken.fact)
        figures = CustomerMetrics.objects.get(contact__name="Customer 7")
        assert (figures.orders_count, figures.total_spent) == (1, 39)


class TestPeople:
    def test_are_found_by_the_address_that_a_shop_told(self, bring):
        known = Contact.objects.create(
            email="bo@example.com", appeared_at=timezone.now(), changed_at=timezone.now()
        )
        Link.objects.create(contact=known, kind="email", value="bo@example.com", linked_at=timezone.now())

        bring(CUP, (*TEA[:7], "BO@example.com"))

        assert set(Order.objects.values_list("contact", flat=True)) == {known.pk}
        assert Link.objects.filter(contact=known, kind="shop").count() == 1

    def test_of_one_address_and_two_numbers_stay_two(self, bring):
        bring((*TEA[:7], "bo@example.com"), ("2", *TEA[1:6], "8", "bo@example.com"))

        assert Contact.objects.count() == 2

    def test_are_nobody_without_number_and_address(self, bring):
        bring((*TEA[:6], "", "deleted@site.invalid"), ("2", *TEA[1:6], "", ""))

        assert set(Order.objects.values_list("contact", flat=True)) == {None}
        assert not Contact.objects.exists()

    def test_are_read_in_parts(self, bring, monkeypatch):
        monkeypatch.setattr(storing, "PEOPLE_AT_ONCE", 2)

        bring(*((str(n), *TEA[1:6], str(n), "") for n in range(5)))

        assert {order.contact.name for order in Order.objects.all()} == {f"Customer {n}" for n in range(5)}
