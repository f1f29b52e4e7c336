"""Words for money, numbers and moments, in both languages."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from regulars.web import formats

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
GAP = formats.NO_BREAK


@pytest.fixture
def in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def in_chinese():
    with translation.override("zh-hans"):
        yield


@pytest.mark.usefixtures("in_english")
class TestMoney:
    def test_groups_and_names_the_currency(self):
        assert formats.money(Decimal("4670.5"), "USD") == "$4,670.50"
        assert formats.money(Decimal("4670.5"), "GBP") == "£4,670.50"

    def test_has_the_decimals_of_its_currency(self):
        assert formats.money(Decimal("4670"), "JPY") == "¥4,670"
        assert formats.money(Decimal("1.5"), "KWD").endswith("1.500")

    def test_rounds_and_never_cuts(self):
        assert formats.money(Decimal("655.859"), "USD") == "$655.86"
        assert formats.whole_money(Decimal("655.85"), "USD") == "$656"

    def test_writes_a_true_minus(self):
        assert formats.money(Decimal("-20"), "USD") == "\N{MINUS SIGN}$20.00"

    def test_keeps_a_scale_exact_until_it_grows_long(self):
        assert formats.scale_money(Decimal(2250), "USD") == "$2,250"
        assert formats.scale_money(Decimal(1_250_000), "USD") == "$1.25M"

    def test_gives_a_field_a_bare_amount(self):
        assert formats.amount(Decimal("4670.5000"), "USD") == "4670.50"
        assert formats.amount(Decimal("4670.0000"), "JPY") == "4670"


@pytest.mark.usefixtures("in_chinese")
class TestMoneyInChinese:
    def test_groups_as_in_english(self):
        assert formats.money(Decimal("4670.5"), "CNY") == "¥4,670.50"
        assert formats.money(Decimal("4670.5"), "USD") == "US$4,670.50"

    def test_counts_large_amounts_in_ten_thousands(self):
        assert formats.scale_money(Decimal(1_250_000), "CNY") == "¥125万"


class TestDay:
    @pytest.mark.usefixtures("in_english")
    def test_says_the_year_only_when_it_is_another(self):
        assert formats.day(NOON, at=NOON) == f"Nov{GAP}24"
        assert formats.day(NOON.replace(year=2025), at=NOON) == f"Nov{GAP}24,{GAP}2025"

    @pytest.mark.usefixtures("in_chinese")
    def test_puts_the_month_first_in_chinese(self):
        assert formats.day(NOON, at=NOON) == "11月24日"
        assert formats.full_day(NOON) == "2026年11月24日星期二"
        assert formats.moment(NOON, at=NOON) == "11月24日 12:00"

    @pytest.mark.usefixtures("in_english")
    def test_follows_the_zone_of_the_viewer(self):
        with timezone.override(ZoneInfo("Pacific/Auckland")):
            assert formats.day(NOON, at=NOON) == f"Nov{GAP}25"
            assert "1:00" in formats.moment(NOON, at=NOON)


@pytest.mark.usefixtures("in_english")
class TestAgo:
    @pytest.mark.parametrize(
        ("passed", "words"),
        [
            (timedelta(seconds=20), "just now"),
            (timedelta(minutes=3), "3 minutes ago"),
            (timedelta(hours=5), "5 hours ago"),
            (timedelta(days=1), "1 day ago"),
            (timedelta(days=9), "9 days ago"),
            (timedelta(days=84), "3 months ago"),
            (timedelta(days=-4), "in 4 days"),
        ],
    )
    def test_counts_in_the_unit_that_fits(self, passed, words):
        assert formats.ago(NOON - passed, at=NOON).replace(GAP, " ") == words

    def test_never_breaks_a_number_from_its_unit(self):
        assert formats.ago(NOON - timedelta(days=4), at=NOON) == f"4{GAP}days{GAP}ago"
        assert formats.days(84) == f"84{GAP}days"

    def test_speaks_chinese(self):
        with translation.override("zh-hans"):
            assert formats.ago(NOON - timedelta(days=4), at=NOON) == "4天前"
            assert formats.days(84) == "84天"


@pytest.mark.usefixtures("in_english")
def test_numbers_and_shares():
    assert formats.number(1234567) == "1,234,567"
    assert formats.percent(Decimal("0.124")) == "12%"
    assert formats.percent(-0.018, decimals=1) == "\N{MINUS SIGN}1.8%"
