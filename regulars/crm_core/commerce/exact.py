"""Amounts as they are stored, so that what is added in memory equals what the database adds."""

from decimal import ROUND_HALF_EVEN, Decimal

from regulars.platform import money

SMALLEST = Decimal(1).scaleb(-money.DECIMAL_PLACES)


def exact(value: Decimal) -> Decimal:
    """Rounded to the decimals that a column keeps. Raises NotAnAmount beyond money.LARGEST."""
    if not value.is_finite() or abs(value) > money.LARGEST:
        raise money.NotAnAmount(f"{value} is not an amount of money.")
    return value.quantize(SMALLEST, ROUND_HALF_EVEN)
