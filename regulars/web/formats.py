"""The only place that turns money, numbers and moments into words, in the language of the viewer.

Rules come from CLDR through Babel; money always names its currency, the tenant's or the order's own. Values
are rounded, never cut. Moments are shown in the active time zone (``django.utils.timezone.activate``).
What a list repeats (amounts, days, times of day, "4 days ago") is worded once and remembered: wording took
a third of a page's time.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, format_timedelta
from babel.numbers import format_compact_currency, format_currency, format_decimal, format_percent
from django.utils import timezone, translation
from django.utils.translation import pgettext

from regulars.platform.money import DECIMALS

NO_BREAK = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
COMPACT_FROM = 100_000
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
TERRITORIES = {"zh-hans": "zh_Hans_CN"}
REMEMBERED = 20_000  # words of each kind
SOON_OVER = 1.4  # up to 1.4 of the larger unit we count the smaller one: "9 days", "6 weeks"


@lru_cache(maxsize=32)
def _parsed(language: str) -> Locale:
    return Locale.parse(TERRITORIES.get(language, language), sep="_" if language in TERRITORIES else "-")


def listed(things: Iterable[str]) -> str:
    """Things one after the other, parted as the language does it."""
    return pgettext("between things in a row", ", ").join(things)


def locale() -> Locale:
    """The viewer's locale, from the language that is active."""
    return _parsed((translation.get_language() or "en").lower())


def money(amount: Decimal | int, currency: str) -> str:
    """``$4,670.50``, with the currency's own number of decimals."""
    return _money(amount, currency, locale())


@lru_cache(maxsize=REMEMBERED)
def _money(amount: Decimal | int, currency: str, of: Locale) -> str:
    return format_currency(amount, currency, locale=of).replace("-", MINUS)


def whole_money(amount: Decimal | int, currency: str) -> str:
    """``$4,671``: rounded to whole units, for headlines where cents only distract."""
    pattern = locale().currency_formats["standard"].pattern.replace("0.00", "0")
    return format_currency(amount, currency, format=pattern, locale=locale(), currency_digits=False).replace(
        "-", MINUS
    )


def scale_money(amount: Decimal | int, currency: str) -> str:
    """``$2,250``, and from a hundred thousand on ``$1.25M``, ``125万``: for the scale of a chart."""
    if -COMPACT_FROM < amount < COMPACT_FROM:
        return whole_money(amount, currency)
    return format_compact_currency(amount, currency, locale=locale(), fraction_digits=2)


def amount(value: Decimal | int, currency: str) -> str:
    """The bare amount for a form's field: no sign of the currency, no grouping, a point."""
    return f"{value:.{DECIMALS.get(currency, 2)}f}"


def number(value: Decimal | int) -> str:
    """``1,234,567``; decimals as they are, three at most."""
    return _number(value, locale())


@lru_cache(maxsize=REMEMBERED)
def _number(value: Decimal | int, of: Locale) -> str:
    return format_decimal(value, locale=of).replace("-", MINUS)


def percent(share: Decimal | float, *, decimals: int = 0) -> str:
    """``12%`` for 0.124."""
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "") + "%"
    return format_percent(share, format=pattern, locale=locale()).replace("-", MINUS)


def day(value: date | datetime, *, at: datetime) -> str:
    """``Nov 22``, and with its year when that is not the year of ``at``: ``Nov 22, 2025``."""
    shown = _local_day(value)
    return _day(shown, "MMMd" if shown.year == _local_day(at).year else "yMMMd", locale())


@lru_cache(maxsize=REMEMBERED)
def _day(shown: date, skeleton: str, of: Locale) -> str:
    return _kept_together(format_skeleton(skeleton, shown, locale=of))


def full_day(value: date | datetime) -> str:
    """``Sunday, November 22, 2026``."""
    return format_date(_local_day(value), "full", locale=locale())


def month(value: date | datetime) -> str:
    """``Nov 2026``."""
    return _kept_together(format_skeleton("yMMM", _local_day(value), locale=locale()))


def moment(value: datetime, *, at: datetime) -> str:
    """``Nov 22, 3:04 PM``, in the active time zone."""
    local, of = timezone.localtime(value), locale()
    joint = " " if of.language == "zh" else ", "
    return f"{day(local.date(), at=at)}{joint}{_clock(time(local.hour, local.minute), of)}"


@lru_cache(maxsize=REMEMBERED)
def _clock(shown: time, of: Locale) -> str:
    return _kept_together(format_time(shown, "short", locale=of))


def ago(value: datetime, *, at: datetime) -> str:
    """``4 days ago``; within the last minute ``just now``. A moment ahead reads ``in 4 days``."""
    passed = at - value
    if abs(passed) < MINUTE:
        return translation.gettext("just now")
    if abs(passed) >= DAY:
        days_passed = (_local_day(at) - _local_day(value)).days
        return _ago(timedelta(days=days_passed), "day", locale())
    return _ago(timedelta(seconds=int(passed.total_seconds())), "second", locale())


@lru_cache(maxsize=REMEMBERED)
def _ago(passed: timedelta, finest: Literal["day", "second"], of: Locale) -> str:
    words = format_timedelta(-passed, granularity=finest, threshold=SOON_OVER, add_direction=True, locale=of)
    return _kept_together(words)


def days(count: Decimal | int) -> str:
    """``84 days``, with the unit, never broken over two lines."""
    words = format_timedelta(
        timedelta(days=round(count)), granularity="day", threshold=10**6, locale=locale()
    )
    return _kept_together(words)


def _local_day(value: date | datetime) -> date:
    return timezone.localtime(value).date() if isinstance(value, datetime) else value


def _kept_together(words: str) -> str:
    return words.replace(" ", NO_BREAK)
