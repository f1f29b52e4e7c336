"""Cells of CSV files that spreadsheets open.

A cell that a spreadsheet would run as a formula gets an apostrophe in front
(https://owasp.org/www-community/attacks/CSV_Injection).
"""

from typing import Any

MARK = (
    "\N{ZERO WIDTH NO-BREAK SPACE}"  # at the head of a file: Excel reads anything else as its own code page
)
FULL_WIDTH = tuple(chr(ord(sign) + 0xFEE0) for sign in "=+-@")  # read as the plain ones in East Asia
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", *FULL_WIDTH)


def harmless(value: Any) -> Any:
    """A cell that no spreadsheet runs. Numbers stay numbers, the negative ones too."""
    if not isinstance(value, str) or not value.lstrip(" ").startswith(FORMULA_STARTS):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value
