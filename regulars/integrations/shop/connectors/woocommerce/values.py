"""How WooCommerce writes amounts, times, texts and side notes."""

import html
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from regulars.integrations.shop.connector import Unreadable, text, utc
from regulars.platform import money

SMALLEST = Decimal(1).scaleb(-money.DECIMAL_PLACES)
MAX_ID_DIGITS = 20
NEVER = "0000-"  # WordPress for "no date"


def row_id(value: object) -> str:
    """A row's id as text. Raises Unreadable for anything but a positive whole number."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= MAX_ID_DIGITS:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 10**MAX_ID_DIGITS:
        raise Unreadable("The id is not a positive whole number.")
    return str(value)


def optional_id(value: object) -> str:
    """As row_id, but 0, null and nothing, which is how WooCommerce says "none", become an empty word."""
    return "" if value in (None, 0, "", "0") else row_id(value)


def amount(row: Mapping[str, Any], name: str) -> Decimal:
    """Money, written as text with the store's decimals, for yen too ("25.00"). Nothing there is zero."""
    found = optional_amount(row, name)
    return Decimal(0) if found is None else found


def optional_amount(row: Mapping[str, Any], name: str) -> Decimal | None:
    """As amount, but None when nothing is there. Raises Unreadable."""
    value = row.get(name)
    if value is None or value == "":
        return None
    try:
        found = money.amount(value)
    except money.NotAnAmount as problem:
        raise Unreadable(f"{name}: {problem}") from None
    exponent = found.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -money.DECIMAL_PLACES:
        found = found.quantize(SMALLEST, ROUND_HALF_EVEN)
    return found


def currency(value: object) -> str:
    """Raises Unreadable for anything but three letters."""
    try:
        return money.currency_code(value if isinstance(value, str) else "")
    except money.NotAnAmount as problem:
        raise Unreadable(str(problem)) from None


def moment(row: Mapping[str, Any], name: str) -> datetime | None:
    """A ``*_gmt`` field: UTC without saying so (the plain field beside it is the shop's local time)."""
    value = row.get(name)
    if not value or (isinstance(value, str) and value.startswith(NEVER)):
        return None
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Unreadable(f"{name}: {value!r} is not a time.") from None
    return utc(found)


def title(value: object, *, longest: int) -> str:
    """A name as people read it: WordPress keeps ``&`` and dashes as entities."""
    return text(html.unescape(value) if isinstance(value, str) else value, longest=longest)


def notes(row: Mapping[str, Any]) -> dict[str, Any]:
    """``meta_data`` by key; of several with one key, the last."""
    found = row.get("meta_data") or []
    return {str(note.get("key")): note.get("value") for note in found if isinstance(note, dict)}


def first_cost(row: Mapping[str, Any], names: Iterable[str]) -> Decimal | None:
    """The first of these side notes that holds a positive amount.

    Other people's plugins write them, so one that is no amount is passed over.
    """
    for name in names:
        try:
            found = optional_amount(row, name)
        except Unreadable:
            continue
        if found is not None and found > 0:
            return found
    return None
