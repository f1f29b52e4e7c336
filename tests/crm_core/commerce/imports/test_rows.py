from datetime import UTC, datetime
from decimal import Decimal

import pytest

from regulars.crm_core.commerce.imports import mapping
from regulars.crm_core.commerce.imports.rows import Head, Rejected, Rows, Worth
from regulars.platform.sheets import rejects

COLUMNS = (
    "order", "sku", "title", "quantity", "ordered_at", "price", "customer", "country",
    "discount", "email", "name", "currency", "shipping", "tax", "cost",
)  # fmt: skip
GOOD = {
    "order": "A7", "sku": " 22423 ", "title": " CAKE STAND ", "quantity": "3",
    "ordered_at": "2011-07-01 09:30", "price": "12.75", "customer": "17850.0", "country": "EIRE",
}  # fmt: skip


def line(told=(), **cells):
    settings = {
        "source": "test",
        "date_format": "%Y-%m-%d %H:%M",
        "columns": {name: name for name in COLUMNS},
        "countries": {"EIRE": "IE"},
        **dict(told),
    }
    rows = Rows(
        mapping=mapping.read(settings),
        places={name: place for place, name in enumerate(COLUMNS)},
        columns_count=len(COLUMNS),
        time_zone="Europe/London",
        currency="GBP",
    )
    values = rows.line(9, [{**GOOD, **cells}.get(name, "") for name in COLUMNS])
    return values[:3], Head(*values[3:13]), Worth(*values[13:])


def reason(told=(), **cells):
    with pytest.raises(Rejected) as caught:
        line(told, **cells)
    return str(caught.value)


class TestLine:
    def test_reads_what_a_record_says(self):
        item, head, worth = line()

        assert item == (9, "22423", "CAKE STAND")
        assert (head.number, head.kind, head.customer, head.country_code) == ("A7", "sale", "17850", "IE")
        assert head.ordered_at == datetime(2011, 7, 1, 8, 30, tzinfo=UTC)  # London's summer
        assert (worth.quantity, worth.price, worth.total) == (3, Decimal("12.75"), Decimal("38.25"))
        assert (worth.discount, worth.cost, head.currency) == (0, None, "GBP")

    @pytest.mark.parametrize(
        ("written", "read"),
        [
            ("17850.0", "17850"),
            ("17850", "17850"),
            ("17850.5", "17850.5"),
            ("VINET", "VINET"),
            ("a.0", "a.0"),
        ],
    )
    def test_takes_a_number_that_became_a_fraction_for_the_number(self, written, read):
        assert line(customer=written)[1].customer == read

    @pytest.mark.parametrize(
        ("kind", "discount", "total"),
        [("amount", "1.25", "37.0"), ("fraction", "0.1", "34.425"), ("percent", "10", "34.425")],
    )
    def test_takes_discounts_off_in_three_ways(self, kind, discount, total):
        assert line({"discount_is": kind}, discount=discount)[2].total == Decimal(total)

    def test_reads_a_comma_as_the_decimal_mark_where_it_is_one(self):
        assert line({"decimal_mark": ","}, price="12,75")[2].price == Decimal("12.75")

    def test_keeps_times_that_say_their_zone(self):
        told = {"date_format": "%Y-%m-%d %H:%M %z"}

        assert line(told, ordered_at="2011-07-01 09:30 +0200")[1].ordered_at.hour == 7

    def test_knows_an_address_that_speaks_of_nobody(self):
        assert line(email=" Ada@Example.COM ")[1].email == "ada@example.com"
        assert line(email="deleted@site.invalid")[1].email == ""

    @pytest.mark.parametrize(
        ("cells", "said"),
        [
            ({"order": ""}, "no order number"),
            ({"order": "9" * 65}, "order is longer than 64 characters"),
            ({"sku": "9" * 65}, "sku is longer than 64 characters"),
            ({"quantity": ""}, "quantity is empty"),
            ({"price": " "}, "price is empty"),
            ({"quantity": "three"}, "quantity 'three' is not a number"),
            ({"price": "NaN"}, "price 'NaN' is not a number"),
            ({"price": "1,50"}, "price '1,50' is not a number"),
            ({"price": "0.00001"}, "price '0.00001' has more than 4 decimals"),
            ({"quantity": "999999999999", "price": "999999999999"}, "the line's amount is too large"),
            ({"ordered_at": "01.07.2011"}, "ordered_at '01.07.2011' is not a time written as %Y-%m-%d %H:%M"),
            ({"ordered_at": "9999-07-01 09:30"}, "the year 9999 is beyond reason"),
            ({"currency": "pounds"}, "'pounds' is not a currency code such as EUR"),
        ],
    )
    def test_is_rejected_with_a_reason(self, cells, said):
        assert reason(**cells) == said

    def test_is_rejected_with_too_few_or_too_many_cells(self):
        rows = Rows(
            mapping=mapping.named("online_retail"),
            places={"order": 0, "quantity": 1, "price": 2, "ordered_at": 3},
            columns_count=4,
            time_zone="UTC",
            currency="GBP",
        )

        with pytest.raises(Rejected, match="10,000 columns instead of 4"):
            rows.line(2, ["x"] * 10_000)


class TestQuoted:
    @pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-1+1", "@sum", "\tx", "\rx", "-", "=HYPERLINK(1)"])
    def test_disarms_what_a_spreadsheet_would_run(self, cell):
        assert rejects.quoted(cell) == f"'{cell}"

    @pytest.mark.parametrize("cell", ["", "-5", "+5", "-1.50", "-1,50", "a=b", "a@b.example"])
    def test_leaves_numbers_and_texts_alone(self, cell):
        assert rejects.quoted(cell) == cell
