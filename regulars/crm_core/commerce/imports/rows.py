"""One record of a file into one line of an order, or the reason why not.

Amounts stay exact: what has more decimals than a column keeps is refused, never rounded.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from regulars.crm_core.commerce.exact import SMALLEST, exact
from regulars.crm_core.commerce.imports.mapping import Mapping
from regulars.crm_core.customers import identity
from regulars.platform import money

MAX_NUMBER_CHARACTERS = 64
MAX_SKU_CHARACTERS = 64
MAX_TITLE_CHARACTERS = 300
MAX_CUSTOMER_CHARACTERS = 120
MAX_NAME_CHARACTERS = 250
EARLIEST_YEAR, LATEST_YEAR = 1970, 2100
REMEMBERED_VALUES = 20_000
SHOWN_CHARACTERS = 40
ZERO = Decimal(0)
PERCENT = Decimal(100)


class Rejected(ValueError):
    """The record cannot be taken; the message says why, for the person who has the file."""


class Line(NamedTuple):
    """A row of the staging table, in its columns' order."""

    line_no: int
    number: str
    kind: str
    ordered_at: datetime
    sku: str
    title: str
    quantity: Decimal
    price: Decimal
    discount: Decimal
    total: Decimal  # quantity times price less the discount
    cost: Decimal | None
    shipping: Decimal
    tax: Decimal
    currency: str
    customer: str
    email: str
    name: str
    country_code: str


class Rows:
    """Reads records of one file: where its columns stand, and the tenant's zone and currency."""

    def __init__(
        self, *, mapping: Mapping, places: dict[str, int], columns_count: int, time_zone: str, currency: str
    ) -> None:
        self.mapping, self.places, self.columns_count = mapping, places, columns_count
        self._zone = ZoneInfo(mapping.time_zone or time_zone)
        self._currency = mapping.currency or currency
        # Files repeat themselves: a hundred lines share a time, a thousand a price.
        remember = lru_cache(maxsize=REMEMBERED_VALUES)
        self._time: Callable[[str], datetime] = remember(self._read_time)
        self._amount: Callable[[str], Decimal] = remember(self._read_amount)
        self._email: Callable[[str], str] = remember(identity.email)
        self._code: Callable[[str], str] = remember(self._read_currency)

    def line(self, line_no: int, cells: list[str]) -> Line:
        """Raises Rejected with the reason."""
        if len(cells) != self.columns_count:
            raise Rejected(f"{len(cells):,} columns instead of {self.columns_count}")
        number = self._text(cells, "order", MAX_NUMBER_CHARACTERS)
        if not number:
            raise Rejected("no order number")
        quantity, price = self._needed(cells, "quantity"), self._needed(cells, "price")
        try:
            gross = exact(quantity * price)
            discount = self._discount(self._optional(cells, "discount") or ZERO, gross)
            total = exact(gross - discount)
        except money.NotAnAmount:
            raise Rejected("the line's amount is too large") from None
        customer = self._text(cells, "customer", MAX_CUSTOMER_CHARACTERS)
        return Line(
            line_no=line_no,
            number=number,
            kind=self.mapping.kind_of(number).value,
            ordered_at=self._time(self._cell(cells, "ordered_at")),
            sku=self._text(cells, "sku", MAX_SKU_CHARACTERS),
            title=self._cell(cells, "title")[:MAX_TITLE_CHARACTERS],
            quantity=quantity,
            price=price,
            discount=discount,
            total=total,
            cost=self._optional(cells, "cost"),
            shipping=self._optional(cells, "shipping") or ZERO,
            tax=self._optional(cells, "tax") or ZERO,
            currency=self._code(self._cell(cells, "currency")),
            customer=_whole(customer),
            email=self._email(self._cell(cells, "email")),
            name=self._cell(cells, "name")[:MAX_NAME_CHARACTERS],
            country_code=self._country(self._cell(cells, "country")),
        )

    def _cell(self, cells: list[str], name: str) -> str:
        place = self.places.get(name)
        return "" if place is None else cells[place].strip()

    def _text(self, cells: list[str], name: str, longest: int) -> str:
        text = self._cell(cells, name)
        if len(text) > longest:
            raise Rejected(f"{self.mapping.columns[name]} is longer than {longest} characters")
        return text

    def _needed(self, cells: list[str], name: str) -> Decimal:
        text = self._cell(cells, name)
        if not text:
            raise Rejected(f"{self.mapping.columns[name]} is empty")
        return self._number(text, name)

    def _optional(self, cells: list[str], name: str) -> Decimal | None:
        text = self._cell(cells, name)
        return self._number(text, name) if text else None

    def _number(self, text: str, name: str) -> Decimal:
        try:
            return self._amount(text)
        except ValueError as problem:
            raise Rejected(f"{self.mapping.columns[name]} {problem}") from None

    def _read_amount(self, text: str) -> Decimal:
        plain = text.replace(",", ".") if self.mapping.decimal_mark == "," else text
        try:
            value = money.amount(plain)
        except money.NotAnAmount:
            raise ValueError(f"{text[:SHOWN_CHARACTERS]!r} is not a number") from None
        if value != exact(value):
            raise ValueError(f"{text[:SHOWN_CHARACTERS]!r} has more than {money.DECIMAL_PLACES} decimals")
        return value

    def _read_time(self, text: str) -> datetime:
        try:
            written = datetime.strptime(text, self.mapping.date_format)  # noqa: DTZ007 (its zone follows)
        except ValueError:
            raise Rejected(
                f"{self.mapping.columns['ordered_at']} {text[:SHOWN_CHARACTERS]!r} is not a time "
                f"written as {self.mapping.date_format}"
            ) from None
        if not EARLIEST_YEAR <= written.year <= LATEST_YEAR:
            raise Rejected(f"the year {written.year} is beyond reason")
        aware = written if written.tzinfo else written.replace(tzinfo=self._zone)
        return aware.astimezone(UTC)

    def _read_currency(self, text: str) -> str:
        if not text:
            return self._currency
        try:
            return money.currency_code(text)
        except money.NotAnAmount:
            raise Rejected(f"{text[:SHOWN_CHARACTERS]!r} is not a currency code such as EUR") from None

    def _discount(self, told: Decimal, gross: Decimal) -> Decimal:
        match self.mapping.discount_is:
            case "fraction":
                return (gross * told).quantize(SMALLEST)
            case "percent":
                return (gross * told / PERCENT).quantize(SMALLEST)
            case _:
                return told

    def _country(self, text: str) -> str:
        known = self.mapping.countries.get(text)
        if known is not None:
            return known
        return text.upper() if len(text) == 2 and text.isascii() and text.isalpha() else ""


def _whole(customer: str) -> str:
    """A number that a spreadsheet made a fraction of is the number: "17850.0" is customer 17850."""
    whole, _, rest = customer.partition(".")
    return whole if rest and whole.isdigit() and not rest.strip("0") else customer
