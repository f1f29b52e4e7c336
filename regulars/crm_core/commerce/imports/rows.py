"""One record of a file into one line of an order, or the reason why not.

Amounts stay exact: what has more decimals than a column keeps is refused, never rounded.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from regulars.crm_core.commerce.exact import exact
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


class Head(NamedTuple):
    """What a record says of its order, in the order of the staging table's columns."""

    number: str
    kind: str
    ordered_at: datetime
    shipping: Decimal
    tax: Decimal
    currency: str
    customer: str
    email: str
    name: str
    country_code: str


class Worth(NamedTuple):
    """What a record says of money. ``total`` is quantity times price less the discount."""

    quantity: Decimal
    price: Decimal
    discount: Decimal
    total: Decimal
    cost: Decimal | None


Line = tuple[object, ...]  # line number, sku, title, then Head's and Worth's fields

OF_HEAD = ("order", "ordered_at", "shipping", "tax", "currency", "customer", "email", "name", "country")
OF_WORTH = ("quantity", "price", "discount", "cost")


class Rows:
    """Reads records of one file: where its columns stand, and the tenant's zone and currency.

    Files repeat themselves (a hundred lines share an order, a thousand a price), so what is read of an
    order's columns and of the amounts is remembered for a while.
    """

    def __init__(
        self, *, mapping: Mapping, places: dict[str, int], columns_count: int, time_zone: str, currency: str
    ) -> None:
        self.mapping, self.columns_count = mapping, columns_count
        self._zone = ZoneInfo(mapping.time_zone or time_zone)
        self._currency = mapping.currency or currency
        self._of_head = [name for name in OF_HEAD if name in places]
        self._of_worth = [name for name in OF_WORTH if name in places]
        # Two columns of each are always there, so that these give tuples.
        self._head_cells = itemgetter(*(places[name] for name in self._of_head))
        self._worth_cells = itemgetter(*(places[name] for name in self._of_worth))
        self._sku, self._title = places.get("sku"), places.get("title")
        self._head: Callable[[tuple[str, ...]], Head] = lru_cache(REMEMBERED_VALUES)(self._read_head)
        self._worth: Callable[[tuple[str, ...]], Worth] = lru_cache(REMEMBERED_VALUES)(self._read_worth)
        self._time: Callable[[str], datetime] = lru_cache(REMEMBERED_VALUES)(self._read_time)

    def line(self, line_no: int, cells: list[str]) -> Line:
        """A row of the staging table. Raises Rejected with the reason."""
        if len(cells) != self.columns_count:
            raise Rejected(f"{len(cells):,} columns instead of {self.columns_count}")
        sku = "" if self._sku is None else cells[self._sku].strip()
        if len(sku) > MAX_SKU_CHARACTERS:
            raise Rejected(f"{self.mapping.columns['sku']} is longer than {MAX_SKU_CHARACTERS} characters")
        title = "" if self._title is None else cells[self._title].strip()[:MAX_TITLE_CHARACTERS]
        return (
            line_no, sku, title, *self._head(self._head_cells(cells)), *self._worth(self._worth_cells(cells))
        )  # fmt: skip

    def _read_head(self, cells: tuple[str, ...]) -> Head:
        told = {name: cell.strip() for name, cell in zip(self._of_head, cells, strict=True)}
        number, customer = told["order"], told.get("customer", "")
        if not number:
            raise Rejected("no order number")
        for name, text, longest in (
            ("order", number, MAX_NUMBER_CHARACTERS),
            ("customer", customer, MAX_CUSTOMER_CHARACTERS),
        ):
            if len(text) > longest:
                raise Rejected(f"{self.mapping.columns[name]} is longer than {longest} characters")
        return Head(
            number=number,
            kind=self.mapping.kind_of(number).value,
            ordered_at=self._time(told["ordered_at"]),
            shipping=self._number(told, "shipping") or ZERO,
            tax=self._number(told, "tax") or ZERO,
            currency=self._read_currency(told.get("currency", "")),
            customer=_whole(customer),
            email=identity.email(told.get("email", "")),
            name=told.get("name", "")[:MAX_NAME_CHARACTERS],
            country_code=self._country(told.get("country", "")),
        )

    def _read_worth(self, cells: tuple[str, ...]) -> Worth:
        told = {name: cell.strip() for name, cell in zip(self._of_worth, cells, strict=True)}
        quantity, price = self._number(told, "quantity"), self._number(told, "price")
        if quantity is None or price is None:
            empty = "quantity" if quantity is None else "price"
            raise Rejected(f"{self.mapping.columns[empty]} is empty")
        discount, cost = self._number(told, "discount") or ZERO, self._number(told, "cost")
        try:
            gross = exact(quantity * price)
            discount = exact(self._discount(discount, gross))
            return Worth(quantity, price, discount, exact(gross - discount), cost)
        except money.NotAnAmount:
            raise Rejected("the line's amount is too large") from None

    def _number(self, told: dict[str, str], name: str) -> Decimal | None:
        text = told.get(name, "")
        if not text:
            return None
        column, shown = self.mapping.columns[name], text[:SHOWN_CHARACTERS]
        try:
            value = money.amount(text.replace(",", ".") if self.mapping.decimal_mark == "," else text)
        except money.NotAnAmount:
            raise Rejected(f"{column} {shown!r} is not a number") from None
        if value != exact(value):
            raise Rejected(f"{column} {shown!r} has more than {money.DECIMAL_PLACES} decimals")
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
                return gross * told
            case "percent":
                return gross * told / PERCENT
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
