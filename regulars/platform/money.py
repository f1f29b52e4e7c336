"""Amounts: exact decimals with a currency, never floats.

Stored as ``numeric(19,4)``. Rounding to a currency's own decimals (ISO 4217) happens only where an
amount is shown or sent out.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from regulars.platform import errors

MAX_DIGITS = 19
DECIMAL_PLACES = 4
LARGEST = Decimal(10) ** (MAX_DIGITS - DECIMAL_PLACES) - Decimal(10) ** -DECIMAL_PLACES

DEFAULT_DECIMALS = 2
# ISO 4217 minor units that differ from 2.
DECIMALS = {
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0,
    "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}  # fmt: skip


class NotAnAmount(errors.Invalid):
    code = "not_an_amount"


@dataclass(frozen=True)
class Money:
    amount: Decimal
    currency: str

    def rounded(self) -> "Money":
        """To the currency's own decimals, half to even."""
        places = Decimal(1).scaleb(-DECIMALS.get(self.currency, DEFAULT_DECIMALS))
        return Money(self.amount.quantize(places, ROUND_HALF_EVEN), self.currency)


def amount(value: object) -> Decimal:
    """A decimal from a shop's word ("74.37", 12, "-0.001").

    Raises NotAnAmount for anything else: floats, NaN, infinity, blanks, more than 15 digits before the point.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise NotAnAmount(f"{value!r} is not an amount of money.")
    try:
        found = Decimal(value.strip() if isinstance(value, str) else value)
    except InvalidOperation:
        raise NotAnAmount(f"{value!r} is not an amount of money.") from None
    if not found.is_finite() or abs(found) > LARGEST:
        raise NotAnAmount(f"{value!r} is not an amount of money.")
    return found


def written(amount: Decimal, currency: str) -> str:
    """With the currency's own decimals, and more where more were stored: nothing is rounded away."""
    return digits(amount, DECIMALS.get(currency, DEFAULT_DECIMALS))


def digits(value: Decimal, decimals: int = 0) -> str:
    """Without zeros that say nothing, but for the first ``decimals``."""
    whole, _, fraction = f"{value:f}".partition(".")
    fraction = fraction.rstrip("0").ljust(decimals, "0")
    return f"{whole}.{fraction}" if fraction else whole


def currency_code(value: str) -> str:
    """Three capital letters (ISO 4217). Raises NotAnAmount for anything else."""
    code = value.strip().upper()
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        raise NotAnAmount(f"{value!r} is not a currency code such as EUR.")
    return code
