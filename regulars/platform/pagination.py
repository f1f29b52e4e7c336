"""Pages by key instead of by number: a list reads on from the last row it showed, however long it is.

A page costs the same at the start and at the end, and rows that come or go shift nothing: what was shown
is not shown again, what was not shown is not left out. https://use-the-index-luke.com/no-offset
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from django.core import signing
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import BooleanField, F, Func, QuerySet, Value
from django.utils.translation import gettext as _

from regulars.platform import errors

MAX_CURSOR_CHARACTERS = 1_000

Row = TypeVar("Row")
Position = tuple[Any, ...]
Rows = QuerySet[Any, Row]

AFTER, BEFORE, UNTIL = "after", "before", "until"  # until: before, and the row at the position itself


class BadCursor(errors.Refused):
    """A cursor that we did not make, or made for another list, order or filter."""

    status = 400
    code = "bad_cursor"


@dataclass(frozen=True)
class Key:
    """One column of the order: a field, a path to one (``metrics__total_spent``) or an annotation.

    Rows without a value come last in both directions; that is for the first key only.
    """

    name: str
    is_descending: bool = False
    is_nullable: bool = False


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows, and the cursors of the pages around them; None where there is nothing more."""

    rows: list[Row]
    next: str | None
    previous: str | None


def page(
    queryset: "Rows[Row]",
    *,
    order: Sequence[Key],
    cursor: str | None,
    size: int,
    salt: str,
    position: Callable[[Row], Position] | None = None,
) -> "Page[Row]":
    """Up to ``size`` rows from where ``cursor`` points, in this order; without a cursor, the first ones.

    The last key must be unique among the rows, all keys run in one direction. ``salt`` names the list and
    what it is filtered by: a cursor is refused under any other. ``position`` says where a row of plain values
    holds its keys; models and named rows need none. Two statements at most. Raises BadCursor.
    """
    walk = _Walk(queryset, order, position or _reader(order))
    bound = _bound(salt, order)
    way, start = _opened(cursor, salt=bound, keys=len(order)) if cursor else (AFTER, None)
    found = walk.rows(way=way, start=start, count=size + 1)
    if way != AFTER and len(found) <= size:  # the beginning: a full first page instead of a short one
        way, start = AFTER, None
        found = walk.rows(way=way, start=start, count=size + 1)
    has_more, found = len(found) > size, found[:size]
    if way != AFTER:
        found.reverse()
    if not found:
        return Page([], next=None, previous=_sealed(UNTIL, start, salt=bound) if start else None)
    has_next = has_more if way == AFTER else True
    has_previous = start is not None if way == AFTER else has_more
    return Page(
        found,
        next=_sealed(AFTER, walk.position(found[-1]), salt=bound) if has_next else None,
        previous=_sealed(BEFORE, walk.position(found[0]), salt=bound) if has_previous else None,
    )


def cursor(position: Position, *, order: Sequence[Key], salt: str) -> str:
    """What leads to the rows after this position, for lists that page forwards only (GraphQL)."""
    return _sealed(AFTER, position, salt=_bound(salt, order))


def beyond(queryset: "Rows[Row]", *, order: Sequence[Key], cursor: str, salt: str) -> "Rows[Row]":
    """The rows that come after where ``cursor`` points; the caller orders and cuts. Raises BadCursor.

    No key may be empty here: such an order is read by ``page``.
    """
    _way, start = _opened(cursor, salt=_bound(salt, order), keys=len(order))
    return _Walk(queryset, order, _reader(order)).beyond(start)


def _bound(salt: str, order: Sequence[Key]) -> str:
    return "|".join(["page", salt, *(f"{key.name}{'-' if key.is_descending else '+'}" for key in order)])


class _Walk(Generic[Row]):
    """Reads rows in one order, forwards or backwards, from a position."""

    def __init__(
        self, queryset: "Rows[Row]", order: Sequence[Key], position: Callable[[Row], Position]
    ) -> None:
        if len({key.is_descending for key in order}) != 1:
            raise ValueError("all keys of an order run in one direction")
        if any(key.is_nullable for key in order[1:]):
            raise ValueError("only the first key of an order may be empty")
        self.queryset, self.order, self.position = queryset, order, position

    def rows(self, *, way: str, start: Position | None, count: int) -> list[Row]:
        """Nearest first: backwards they come in reverse."""
        found: list[Row] = []
        for part in self._parts(way=way, start=start):
            found += part.order_by(*self._ordering(way))[: count - len(found)]
            if len(found) >= count:
                break
        return found

    def beyond(self, start: Position) -> "Rows[Row]":
        """What comes after a position."""
        return self._beyond(self.queryset, self.order, way=AFTER, start=start)

    def _parts(self, *, way: str, start: Position | None) -> "Iterator[Rows[Row]]":
        """Rows with a first key and rows without are read apart, so that each reading is one index range."""
        first = self.order[0]
        if not first.is_nullable:
            yield self._beyond(self.queryset, self.order, way=way, start=start)
            return
        filled = self.queryset.filter(**{f"{first.name}__isnull": False})
        empty = self.queryset.filter(**{f"{first.name}__isnull": True})
        if start is not None and start[0] is None:
            yield self._beyond(empty, self.order[1:], way=way, start=start[1:])
            if way != AFTER:
                yield filled
            return
        yield self._beyond(filled, self.order, way=way, start=start)
        if way == AFTER:
            yield empty

    def _beyond(
        self, queryset: "Rows[Row]", order: Sequence[Key], *, way: str, start: Position | None
    ) -> "Rows[Row]":
        if start is None:
            return queryset
        # A comparison of whole rows is one range of the index; a chain of ORs would be read and thrown away.
        sign = "<" if order[0].is_descending == (way == AFTER) else ">"
        if way == UNTIL:
            sign += "="
        keys = Func(*(F(key.name) for key in order), function="ROW", output_field=BooleanField())
        values = Func(*(Value(value) for value in start), function="ROW", output_field=BooleanField())
        return queryset.filter(
            Func(
                keys,
                values,
                template="%(expressions)s",
                arg_joiner=f" {sign} ",
                output_field=BooleanField(),
            )
        )

    def _ordering(self, way: str) -> list[Any]:
        """As the indexes are declared: an empty value comes last, and first on the way back."""
        words = []
        for key in self.order:
            is_descending = key.is_descending == (way == AFTER)
            edge = {"nulls_last": True} if way == AFTER else {"nulls_first": True}
            options: dict[str, Any] = edge if key.is_nullable else {}
            words.append(F(key.name).desc(**options) if is_descending else F(key.name).asc(**options))
        return words


def _reader(order: Sequence[Key]) -> Callable[[Any], Position]:
    paths = [(key.name, attrgetter(key.name.replace("__", "."))) for key in order]

    def position(row: Any) -> Position:
        if isinstance(row, tuple):  # values_list(named=True)
            return tuple(getattr(row, name) for name, _path in paths)
        return tuple(_value(path, row) for _name, path in paths)

    return position


def _value(path: Callable[[Any], Any], row: Any) -> Any:
    try:
        return path(row)
    except ObjectDoesNotExist:  # a one-to-one that is not there yet sorts as empty
        return None


# A value travels as a letter of its type and its text.
WRITTEN: dict[type, tuple[str, Callable[[Any], str]]] = {
    datetime: ("t", datetime.isoformat),
    date: ("d", date.isoformat),
    Decimal: ("n", str),
    UUID: ("u", lambda value: value.hex),
    int: ("i", str),
    str: ("s", str),
    type(None): ("-", lambda _value: ""),
}
READ: dict[str, Callable[[str], Any]] = {
    "t": datetime.fromisoformat,
    "d": date.fromisoformat,
    "n": Decimal,
    "u": UUID,
    "i": int,
    "s": str,
    "-": lambda _text: None,
}


def _sealed(way: str, position: Position, *, salt: str) -> str:
    words = [way]
    for value in position:
        letter, written = WRITTEN[type(value)]
        words.append(letter + written(value))
    return signing.dumps(words, salt=salt)


def _opened(cursor: str, *, salt: str, keys: int) -> tuple[str, Position]:
    refusal = _("This page link does not belong to this list. Start again from the first page.")
    if len(cursor) > MAX_CURSOR_CHARACTERS:
        raise BadCursor(refusal)
    try:
        way, *values = cast("list[str]", signing.loads(cursor, salt=salt))
    except signing.BadSignature:
        raise BadCursor(refusal) from None
    if len(values) != keys:
        raise BadCursor(refusal)
    return way, tuple(READ[value[0]](value[1:]) for value in values)
