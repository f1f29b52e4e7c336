import csv
import threading
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum
from django.utils import timezone

from regulars.crm_core.commerce import imports, orders, rates
from regulars.crm_core.commerce.canonical import Gone, Source
from regulars.crm_core.commerce.imports import files, mapping, runs, staging, storing
from regulars.crm_core.commerce.imports.reading import Unreadable
from regulars.crm_core.commerce.models import Import, Order, OrderLine, Product, Refund, SaleEntry
from regulars.crm_core.customers.models import Contact, Link
from regulars.crm_core.insight.models import CustomerMetrics
from regulars.platform import tenancy
from regulars.platform.facts import facts
from regulars.platform.facts.models import Fact
from tests.crm_core.commerce.imports.conftest import TILL

TEA = ("1", "tea", "Green tea", "2", "4.50", "2026-05-01", "7", "")
POT = ("1", "pot", "Pot", "1", "30", "2026-05-01", "7", "")
CUP = ("2", "cup", "Cup", "4", "2.25", "2026-06-01", "", "bo@example.com")
KINDS_OF_ROWS = (Contact, Link, Product, Order, OrderLine, Refund, SaleEntry, Fact)


def rows_of_everything():
    return {
        model.__name__: sorted(map(str, model.objects.order_by("pk").values_list()))
        for model in KINDS_OF_ROWS
    }


def spent(order):
    sums = SaleEntry.objects.filter(order__number=order).aggregate(Sum("amount"), Sum("base_amount"))
    return sums["amount__sum"], sums["base_amount__sum"]


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


class TestAnotherMapping:
    """Orders of a wholesaler: names, a discount as a fraction, freight, several currencies, day first."""

    TOLD = {
        "source": "wholesale",
        "date_format": "%d/%m/%Y",
        "time_zone": "America/New_York",
        "delimiter": ";",
        "discount_is": "fraction",
        "columns": {
            "order": "OrderID",
            "ordered_at": "OrderDate",
            "customer": "CustomerID",
            "name": "ContactName",
            "email": "Email",
            "country": "Country",
            "sku": "ProductID",
            "title": "ProductName",
            "price": "UnitPrice",
            "quantity": "Quantity",
            "discount": "Discount",
            "shipping": "Freight",
            "currency": "Currency",
            "cost": "Cost",
        },
    }
    ROWS = (
        "10248;04/07/1996;VINET;Paul Henriot;paul@vinet.example;FR;11;Queso Cabrales;14;12;0;32.38;GBP;9",
        "10248;04/07/1996;VINET;Paul Henriot;paul@vinet.example;FR;42;Hokkien Mee;9.8;10;0.15;32.38;GBP;",
        "10249;05/07/1996;TOMSP;Karin Josephs;karin@tomsp.example;DE;14;Tofu;18.6;9;0.05;11.61;EUR;",
        "10250;08/07/1996;HANAR;Mario Pontes;mario@hanar.example;BR;41;Chowder;7.7;10;0;65.83;USD;",
    )

    @pytest.fixture
    def path(self, tmp_path):
        path = tmp_path / "northwind.csv"
        path.write_text("\n".join([";".join(self.TOLD["columns"].values()), *self.ROWS]) + "\n")
        return path

    def test_is_read_as_it_says(self, bring, path):
        rates.give(
            currency="EUR",
            rate=Decimal("0.80"),
            valid_from=datetime(1996, 7, 1, tzinfo=UTC).date(),
            at=timezone.now(),
        )

        bring(path=path, told=self.TOLD)

        french = Order.objects.get(number="10248")
        assert (french.total, french.discount, french.shipping) == (
            Decimal("168") + Decimal("83.3") + Decimal("32.38"),
            Decimal("14.7"),
            Decimal("32.38"),
        )
        assert french.ordered_at == datetime(1996, 7, 4, 4, tzinfo=UTC)
        contact = french.contact
        assert (contact.name, contact.email, contact.country_code) == (
            "Paul Henriot",
            "paul@vinet.example",
            "FR",
        )
        assert list(french.entries.order_by("key").values_list("key", "base_amount", "cost")) == [
            ("line:1", Decimal(168), Decimal(108)),
            ("line:2", Decimal("83.3"), None),
            ("shipping", Decimal("32.38"), None),
        ]
        german = Decimal("18.6") * 9 * Decimal("0.95") + Decimal("11.61")
        assert spent("10249") == (german, german * Decimal("0.8"))
        assert spent("10250") == (Decimal("142.83"), None)

    def test_stays_with_the_rate_an_order_was_booked_at(self, bring, path):
        day = datetime(1996, 7, 1, tzinfo=UTC).date()
        rates.give(currency="EUR", rate=Decimal("0.80"), valid_from=day, at=timezone.now())
        bring(path=path, told=self.TOLD)
        rates.give(currency="EUR", rate=Decimal("0.50"), valid_from=day, at=timezone.now())
        path.write_text(path.read_text().replace("18.6;9;0.05", "18.6;0;0.05").replace("11.61", "0"))

        taken = bring(path=path, told=self.TOLD)

        assert taken.changed == 1
        assert spent("10249") == (0, 0)

    def test_again_changes_nothing_at_all(self, bring, path):
        bring(path=path, told=self.TOLD)
        before = rows_of_everything()

        bring(path=path, told=self.TOLD)

        assert rows_of_everything() == before

    def test_of_another_source_makes_other_orders(self, bring, path):
        bring(path=path, told=self.TOLD)
        bring(path=path, told={**self.TOLD, "source": "another"})

        assert Order.objects.filter(number="10248").count() == 2


class TestRejectedRows:
    def test_go_to_a_file_with_line_and_reason_and_the_rest_comes_in(self, bring, tmp_path):
        bad = ("3", "=cmd|' /C calc'!A0", "", "many", "1", "2026-06-03", "9", "")

        taken = bring(TEA, bad, CUP, CUP[:5])

        assert (taken.new, taken.rejected, taken.run.rows_read) == (2, 2, 4)
        assert taken.errors_path == tmp_path / "orders.csv.errors.csv"
        with taken.errors_path.open(newline="") as file:
            assert list(csv.reader(file)) == [
                ["line", "reason", "no", "code", "what", "pieces", "price", "day", "who", "mail"],
                ["3", "pieces 'many' is not a number", "3", "'=cmd|' /C calc'!A0", *bad[2:]],
                ["5", "5 columns instead of 8", *CUP[:5]],
            ]

    def test_leave_no_file_when_there_are_none(self, bring, tmp_path):
        assert bring(TEA).errors_path is None
        assert [path.name for path in tmp_path.iterdir()] == ["orders.csv"]

    def test_may_go_elsewhere(self, bring, tmp_path):
        wanted = tmp_path / "wrong.csv"

        assert bring(TEA, CUP[:5], errors_path=wanted).errors_path == wanted
        assert wanted.exists()

    def test_end_the_import_when_nothing_is_left(self, bring):
        with pytest.raises(files.NothingUsable, match="the first one in line 2: no order number"):
            bring(("", *TEA[1:]))

        assert not Order.objects.exists()
        assert Import.objects.get().state == "failed"

    def test_mended_and_given_again_complete_the_order(self, bring):
        bring(TEA, (*POT[:3], "one", *POT[4:]))

        mended = bring(TEA, POT)

        assert (mended.changed, mended.rejected) == (1, 0)
        assert spent("1") == (39, 39)


class TestAllOrNothing:
    @pytest.mark.parametrize("step", ["LINES", "NEW_ORDERS", "PEOPLE", "OUTCOMES"])
    def test_a_run_that_breaks_leaves_nothing_and_the_next_one_is_whole(self, bring, monkeypatch, step):
        with monkeypatch.context() as broken:
            broken.setattr(staging, step, "SELECT 1/0")
            with pytest.raises(Exception, match="division by zero"):
                bring(TEA, POT, CUP)

        assert {name for name, rows in rows_of_everything().items() if rows} == set()
        run = Import.objects.get()
        assert (run.state, "division by zero" in run.error) == ("failed", True)
        assert bring(TEA, POT, CUP).new == 2

    def test_a_doubtful_file_leaves_nothing(self, bring, tmp_path):
        path = tmp_path / "doubtful.csv"
        path.write_text(",".join(TILL["columns"].values()) + "\n" + ",".join(TEA) + '\n2,"open,,,,,,\n')

        with pytest.raises(Unreadable, match="Line 3"):
            bring(path=path)

        assert not Order.objects.exists()
        assert "Line 3" in Import.objects.get().error

    def test_an_order_in_two_currencies_ends_the_import(self, bring):
        told = {**TILL, "columns": {**TILL["columns"], "currency": "money"}}

        with pytest.raises(storing.MixedCurrencies, match="order 1 "):
            bring((*TEA, "GBP"), (*POT, "EUR"), told=told)

        assert not Order.objects.exists()


class TestRunning:
    def test_tells_others_how_far_it_is_while_its_transaction_is_open(self, bring, monkeypatch):
        monkeypatch.setattr(files, "TELL_EVERY_ROWS", 1)
        monkeypatch.setattr(runs, "PULSE_SECONDS", 0.02)
        seen = []

        def look_from_elsewhere(schema):
            with tenancy.apart(schema):
                run = imports.running(at=timezone.now())
                seen.append((run.file_name, run.rows_read, run.rows_expected, Order.objects.count()))

        def wait(_step, rows, _fraction):
            if rows == 2 and not seen:
                time.sleep(0.5)
                watcher = threading.Thread(target=look_from_elsewhere, args=(tenancy.current(),))
                watcher.start()
                watcher.join()

        bring(TEA, CUP, progress=wait)

        assert seen == [("orders.csv", 2, 2, 0)]
        assert imports.running(at=timezone.now()) is None

    def test_keeps_a_second_one_out_until_the_first_has_been_silent_for_long(self, bring):
        now = timezone.now()
        runs.begin(file_name="first.csv", file_sha256="", mapping="till", at=now)

        with pytest.raises(runs.AlreadyRunning, match=r"first\.csv"):
            bring(TEA, at=now + timedelta(seconds=59))
        assert bring(TEA, at=now + timedelta(seconds=61)).new == 1

        stopped = Import.objects.get(file_name="first.csv")
        assert (stopped.state, stopped.error) == ("failed", runs.STOPPED)
