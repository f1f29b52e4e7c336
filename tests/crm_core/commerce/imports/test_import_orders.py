"""The command: the totals of a real file, from the database, and what a killed process leaves."""

import csv
import json
import os
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from regulars.crm_core.commerce.models import Import, Order, SaleEntry
from regulars.crm_core.insight.models import CustomerMetrics
from tests.crm_core.commerce.imports.conftest import EXCERPT, TILL

ROOT = Path(__file__).parents[4]
WHOLE_FILE = "ONLINE_RETAIL"  # the environment variable that names it
# Of the whole file, reckoned twice, with pandas and with DuckDB, from the file alone.
REFERENCE = {
    "lines": 541_909,
    "invoices": 25_900,
    "cancellation_invoices": 3_836,
    "other_invoices": 22_064,
    "lines_without_customer": 135_080,
    "customers": 4_372,
    "amount": "9747747.934",
    "amount_known_net": "8300065.814",
    "amount_known_not_cancelled": "8911407.904",
    "amount_cancelled": "-896812.490",
    "amount_without_customer": "1447682.120",
    "customers_with_an_order": 4_339,
    "customers_with_2_orders": 2_845,
    "customers_with_2_order_days": 2_790,
}
TOP = {
    "14646": "279489.02",
    "18102": "256438.49",
    "17450": "187482.17",
    "14911": "132572.62",
    "12415": "123725.45",
}
MONTHS = """
2010-12 748957.020 554604.020 42481 2025
2011-01 560000.260 475074.380 35147 1476
2011-02 498062.650 436546.150 27707 1393
2011-03 683267.080 579964.610 36748 1983
2011-04 493207.121 426047.851 29916 1744
2011-05 723333.510 648251.080 37030 2162
2011-06 691123.120 608013.160 36874 2012
2011-07 681300.111 574238.481 39518 1927
2011-08 682680.510 616368.000 35284 1737
2011-09 1019687.622 931440.372 50226 2327
2011-10 1070704.670 974603.590 60742 2637
2011-11 1461756.250 1132407.740 84711 3462
2011-12 433668.010 342506.380 25525 1015
"""


def run(path, shop, told="online_retail", **options):
    out, err = StringIO(), StringIO()
    call_command(
        "import_orders",
        path,
        tenant=shop.slug,
        mapping=str(told),
        json=True,
        stdout=out,
        stderr=err,
        **options,
    )
    return json.loads(out.getvalue().splitlines()[-1])


def exact(totals):
    """Amounts as numbers: 1.50 and 1.5 are one."""
    return {name: Decimal(value) if name.startswith("amount") else value for name, value in totals.items()}


def reckoned(path):
    """The same totals from the file's own cells, without anything of ours."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found, days, orders = defaultdict(Decimal), defaultdict(set), defaultdict(set)
    spent, months = Counter(), defaultdict(Decimal)
    for row in rows:
        amount = Decimal(row["Quantity"]) * Decimal(row["UnitPrice"])
        number, who = row["InvoiceNo"], row["CustomerID"].removesuffix(".0")
        found["amount"] += amount
        found["amount_cancelled"] += amount if number.startswith("C") else 0
        found["amount_known_net" if who else "amount_without_customer"] += amount
        months[row["InvoiceDate"][:7]] += amount
        if who:
            spent[who] += amount
        if who and not number.startswith("C"):
            found["amount_known_not_cancelled"] += amount
            orders[who].add(number)
            days[who].add(row["InvoiceDate"][:10])
    numbers = {row["InvoiceNo"] for row in rows}
    cancelled = {number for number in numbers if number.startswith("C")}
    return (
        {
            **found,
            "lines": len(rows),
            "lines_without_customer": sum(not row["CustomerID"] for row in rows),
            "invoices": len(numbers),
            "cancellation_invoices": len(cancelled),
            "other_invoices": len(numbers - cancelled),
            "customers": len(spent),
            "customers_with_an_order": len(orders),
            "customers_with_2_orders": sum(len(each) >= 2 for each in orders.values()),
            "customers_with_2_order_days": sum(len(each) >= 2 for each in days.values()),
        },
        dict(months),
        spent,
    )


class TestAnExcerptOfARealFile:
    def test_gives_the_totals_of_the_file_and_the_figures_of_its_customers(self, shop):
        expected, months, spent = reckoned(EXCERPT)

        answer = run(EXCERPT, shop)

        totals = exact(answer["totals"])
        assert {name: totals[name] for name in expected} == expected
        assert {each["month"]: Decimal(each["amount"]) for each in totals["months"]} == months
        top = {each["customer"]: Decimal(each["net_spend"]) for each in totals["top_customers"]}
        assert top == {who: spent[who] for who in top}
        assert sorted(top.values()) == sorted(spent.values())[-5:]
        figures = CustomerMetrics.objects.values_list("contact__name", "total_spent")
        assert dict(figures) == {f"Customer {who}": amount for who, amount in spent.items()}
        assert (answer["rows"], answer["rejected"], answer["errors"]) == (expected["lines"], 0, None)

    def test_has_the_quirks_that_it_was_picked_for(self, shop):
        run(EXCERPT, shop)

        assert Order.objects.filter(kind="adjustment", contact=None, is_counted=False).count() == 3
        assert SaleEntry.objects.filter(amount__lt=0, order__kind="credit").exists()
        assert Order.objects.filter(contact__country_code="IE").exists()
        assert not Order.objects.filter(contact__name__contains=".").exists()

    def test_again_changes_nothing(self, shop):
        run(EXCERPT, shop)
        entries = SaleEntry.objects.count()

        again = run(EXCERPT, shop)

        assert again["is_changed"] is False
        assert again["orders"]["unchanged"] == again["totals"]["invoices"]
        assert SaleEntry.objects.count() == entries


@pytest.mark.skipif(not os.environ.get(WHOLE_FILE), reason=f"{WHOLE_FILE} names no file")
def test_the_whole_file_gives_the_reference_totals(shop):
    totals = exact(run(os.environ[WHOLE_FILE], shop)["totals"])

    assert {name: totals[name] for name in REFERENCE} == exact(REFERENCE)
    top = {each["customer"]: Decimal(each["net_spend"]) for each in totals["top_customers"]}
    assert top == {who: Decimal(amount) for who, amount in TOP.items()}
    months = [(line.split()) for line in MONTHS.strip().splitlines()]
    assert [
        (
            each["month"],
            Decimal(each["amount"]),
            Decimal(each["amount_known"]),
            each["lines"],
            each["invoices"],
        )
        for each in totals["months"]
    ] == [
        (month, Decimal(everything), Decimal(known), int(lines), int(orders))
        for month, everything, known, lines, orders in months
    ]
    assert CustomerMetrics.objects.exclude(average_gap_days=None).count() == 2_790


class TestTheCommand:
    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"InvoiceNo,StockCode\n", "no column"),
            (b"", "is empty"),
            (EXCERPT.read_bytes() + b"\xff\xfe\n", "Line 175 is not utf-8"),
        ],
    )
    def test_ends_with_one_clear_line(self, shop, tmp_path, content, said):
        path = tmp_path / "bad.csv"
        path.write_bytes(content)

        with pytest.raises(CommandError, match=said) as caught:
            run(path, shop)

        assert "\n" not in str(caught.value)
        assert not Order.objects.exists()

    def test_refuses_a_tenant_that_is_not_there(self, shop):
        shop.slug = "nobody"

        with pytest.raises(CommandError, match="no tenant called 'nobody'"):
            run(EXCERPT, shop)

    def test_killed_half_way_leaves_nothing_and_runs_again(self, shop, tmp_path):
        path, told = tmp_path / "long.csv", tmp_path / "till.json"
        told.write_text(json.dumps(TILL))
        with path.open("w") as file:
            file.write(",".join(TILL["columns"].values()) + "\n")
            file.writelines(f"{n // 3},tea,Tea,1,2.50,2026-05-01,{n % 500},\n" for n in range(60_000))
        command = [
            sys.executable,
            "manage.py",
            "import_orders",
            path,
            "--tenant",
            shop.slug,
            "--mapping",
            told,
        ]
        killed = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        for line in killed.stderr:
            if "Storing lines" in line:
                break
        killed.send_signal(signal.SIGKILL)
        killed.communicate()

        assert not Order.objects.exists()
        assert Import.objects.get().state == "running"

        Import.objects.update(totals={}, started_at="2026-01-01T00:00Z")  # as if a minute had passed
        answer = run(path, shop, told=told)

        assert (answer["orders"]["new"], answer["totals"]["amount"]) == (20_000, "150000.00")
        assert Import.objects.filter(state="failed").count() == 1


def test_two_imports_of_one_source_at_once_make_each_order_once(shop, tmp_path):
    command = [sys.executable, "manage.py", "import_orders", str(EXCERPT), "--mapping", "online_retail"]
    command += ["--tenant", shop.slug]
    both = [
        subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        for _ in "12"
    ]
    codes = sorted(each.wait(timeout=120) for each in both)

    assert codes[0] == 0
    assert Order.objects.count() == reckoned(EXCERPT)[0]["invoices"]
    assert SaleEntry.objects.values("order", "key").distinct().count() == SaleEntry.objects.count()
