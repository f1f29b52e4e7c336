"""What the columns of a file of orders mean: a small TOML or JSON file, or one that ships, by its name.

``source`` names the shop or system that the file came from: its orders, customers and products are known by
their numbers within it, in every file of the same source. ``[columns]`` names a column for each of COLUMNS.
"""

import json
import tomllib
from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from regulars.crm_core.commerce.canonical import OrderKind
from regulars.crm_core.customers import sources
from regulars.platform import errors, money

SHIPPED = Path(__file__).with_name("mappings")
MAX_FILE_BYTES = 200_000
MAX_SOURCE_CHARACTERS = 40

NEEDED = ("order", "quantity", "price", "ordered_at")
COLUMNS = (
    *NEEDED,
    "sku", "title", "discount", "cost", "shipping", "tax", "currency", "customer", "email", "name", "country",
)  # fmt: skip
DISCOUNTS = ("amount", "fraction", "percent")  # of the line: 1.50 off, 0.15 or 15 of 100


class BadMapping(errors.Invalid):
    code = "bad_mapping"


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """A mapping that was read and checked. ``time_zone`` and ``currency`` empty: the tenant's."""

    source: str
    columns: Table[str, str]  # one of COLUMNS -> the file's own word
    date_format: str
    time_zone: str = ""
    currency: str = ""
    encoding: str = "utf-8"
    delimiter: str = ","
    decimal_mark: str = "."
    discount_is: str = "amount"
    kinds: Table[str, OrderKind] = field(default_factory=dict)  # how a number begins -> what it is
    countries: Table[str, str] = field(default_factory=dict)

    @property
    def connection_id(self) -> UUID:
        """What stands where a shop's connection stands on orders, products and links."""
        return sources.connection_of(self.source)

    def kind_of(self, number: str) -> OrderKind:
        """By the longest beginning that matches."""
        fitting = [beginning for beginning in self.kinds if number.startswith(beginning)]
        return self.kinds[max(fitting, key=len)] if fitting else OrderKind.SALE


def named(word: str) -> Mapping:
    """The mapping that ships under this name, or that of a .toml or .json file. Raises BadMapping."""
    shipped = sorted(path.stem for path in SHIPPED.glob("*.toml"))
    path = SHIPPED / f"{word}.toml" if word in shipped else Path(word)
    if path.suffix not in {".toml", ".json"}:
        raise BadMapping(
            f"There is no mapping called {word!r}: "
            f"give one of {', '.join(shipped)}, or a .toml or .json file."
        )
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise BadMapping(f"{path} is larger than a mapping can be ({MAX_FILE_BYTES:,} bytes).")
        text = path.read_text("utf-8")
        told = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except OSError as problem:
        raise BadMapping(f"The mapping cannot be read: {problem.strerror} ({path}).") from None
    except ValueError as problem:  # neither TOML, nor JSON, nor UTF-8
        raise BadMapping(f"{path} is not readable: {problem}.") from None
    return read(told)


def read(told: Any) -> Mapping:
    """A mapping from its plain values. Raises BadMapping, naming what is wrong."""
    if not isinstance(told, dict):
        raise BadMapping("A mapping is a table of settings.")
    unknown = sorted(told.keys() - Mapping.__dataclass_fields__.keys())
    if unknown:
        raise BadMapping(f"A mapping has no setting called {', '.join(unknown)}.")
    for name, value in told.items():
        _check_shape(name, value)
    for name in ("source", "date_format", "columns"):
        if not told.get(name):
            raise BadMapping(f"The mapping must give {name}.")
    values = dict(told)
    values["kinds"] = {start: _kind(word) for start, word in told.get("kinds", {}).items()}
    _check_columns(told["columns"])
    _check_words(values)
    return Mapping(**values)


def _check_shape(name: str, value: Any) -> None:
    if name in {"columns", "kinds", "countries"}:
        if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
            raise BadMapping(f"[{name}] must be a table of words.")
    elif not isinstance(value, str):
        raise BadMapping(f"{name} must be a word in quotes.")


def _check_columns(columns: dict[str, str]) -> None:
    unknown = sorted(columns.keys() - set(COLUMNS))
    if unknown:
        raise BadMapping(f"[columns] cannot take {', '.join(unknown)}: choose from {', '.join(COLUMNS)}.")
    missing = [name for name in NEEDED if not columns.get(name)]
    if missing:
        raise BadMapping(f"[columns] must name a column for {', '.join(missing)}.")


def _check_words(values: dict[str, Any]) -> None:
    if len(values["source"]) > MAX_SOURCE_CHARACTERS:
        raise BadMapping(f"source is longer than {MAX_SOURCE_CHARACTERS} characters.")
    if values.get("discount_is", "amount") not in DISCOUNTS:
        raise BadMapping(f"discount_is is one of {', '.join(DISCOUNTS)}.")
    if len(values.get("delimiter", ",")) != 1 or values.get("decimal_mark", ".") not in {".", ","}:
        raise BadMapping("delimiter is one character, decimal_mark a point or a comma.")
    try:
        if values.get("time_zone"):
            ZoneInfo(values["time_zone"])
        # Lines are cut at the byte of a line feed, so every encoding must keep ASCII as it is.
        if "a,\n".encode(values.get("encoding", "utf-8")).removeprefix(b"\xef\xbb\xbf") != b"a,\n":
            raise BadMapping("encoding must be one that keeps ASCII, such as utf-8, cp1252 or gb18030.")
        if values.get("currency"):
            money.currency_code(values["currency"])
    except (LookupError, ValueError, OSError, money.NotAnAmount) as problem:
        raise BadMapping(f"The mapping names something unknown: {problem}") from None
    wrong = [code for code in values.get("countries", {}).values() if len(code) != 2 or not code.isupper()]
    if wrong:
        raise BadMapping(f"[countries] needs two capital letters, not {', '.join(wrong)}.")


def _kind(word: str) -> OrderKind:
    try:
        return OrderKind(word)
    except ValueError:
        raise BadMapping(f"[kinds] knows {', '.join(OrderKind)}, not {word!r}.") from None
