"""From a selection to rows: one statement for each list that is picked, whatever the number of parents.

A nested list asks for the first rows of each parent by an index walk a parent (a correlated subquery with a
limit), never by numbering all rows of all parents: of a customer with ten thousand orders one is read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Func, OuterRef, QuerySet

from regulars.graphql import node_ids, reaching
from regulars.graphql.fields import MAX_FIRST, MIN_FIRST, Batch, Many, MergedInto, One, Read, Row
from regulars.graphql.selecting import TYPENAME, Pick, embedding
from regulars.graphql.work import Work
from regulars.platform import errors, pagination

Shaped = dict[str, Any]


class Unknown(errors.NotFound):
    """Nothing here, or nothing of this tenant's: the answer does not tell which."""


class BadFirst(errors.Refused):
    status = 400
    code = "bad_first"


class Unnest(Func):
    function = "unnest"
    set_returning = True


def one(work: Work, of: type[Row], key: UUID, picks: Sequence[Pick]) -> Shaped:
    """The row that answers to a key. Raises Unknown, and MissingScope before anything is read."""
    reaching.authorize(work, of, picks)
    answering = of.answering(key)
    table = Table(work, of, [picks])
    table.load(of.by_key(work).filter(pk=answering))
    if not table.rows:
        raise Unknown(f"There is no such {of.__name__.lower()}.")
    table.is_merged = answering != key
    return table.shaped(picks)[0]


def page(work: Work, pick: Pick) -> Shaped:
    """A page of a list that has no parent."""
    reaching.authorize(work, pick.field.of, reaching.node_picks(pick))
    listing = Listing(work, pick)
    table = listing.table()
    table.load(listing.rows().order_by(*listing.ordering)[: listing.count])
    total = 0
    if listing.wants_total:
        total = listing.all_rows().count()
        work.read(1)
    shaped = listing.shaped(table, {None: list(range(len(table.rows)))}, {None: total})
    return shaped(None)


class Table:
    """The columns that selections need of a type's rows, read once, and what is made of them."""

    def __init__(self, work: Work, of: type[Row], selections: Iterable[Sequence[Pick]]) -> None:
        self.work, self.of = work, of
        self.columns: list[str] = ["pk"]
        self.rows: list[tuple[Any, ...]] = []
        self.is_merged = False
        for picks in selections:
            for pick in picks:
                self.need(*_needs(pick.field))

    def need(self, *names: str) -> list[int]:
        """The places of these columns, which are read."""
        self.columns += [name for name in dict.fromkeys(names) if name not in self.columns]
        return [self.columns.index(name) for name in names]

    def load(self, queryset: QuerySet[Any]) -> None:
        self.rows = list(queryset.values_list(*self.columns))
        self.work.read(len(self.rows))

    def values(self, names: Sequence[str]) -> list[tuple[Any, ...]]:
        places = self.need(*names)
        return [tuple(row[place] for place in places) for row in self.rows]

    def shaped(self, picks: Sequence[Pick]) -> list[Shaped]:
        """Each row as this selection wants it."""
        found: list[Shaped] = [{} for _row in self.rows]
        if found:
            for pick in picks:
                for shape, value in zip(found, self._values(pick), strict=True):
                    shape[pick.key] = value
        return found

    def _values(self, pick: Pick) -> list[Any]:
        field = pick.field
        if pick.name == TYPENAME:
            return [self.of.__name__] * len(self.rows)
        if isinstance(field, One):
            return self._others(pick)
        if isinstance(field, Many):
            return self._lists(pick)
        if isinstance(field, Batch):
            values = field.load(self.work, self.values(field.needs))
            self.work.read(len(values))
        elif isinstance(field, MergedInto):
            values = [
                node_ids.written(self.of.__name__, row[0]) if self.is_merged else None for row in self.rows
            ]
        elif field.write is None:
            [place] = self.need(*field.needs)
            values = [row[place] for row in self.rows]
        else:
            write, work = field.write, self.work
            values = [write(work, *each) for each in self.values(field.needs)]
        return list(map(embedding(pick), values)) if pick.returns else values

    def _others(self, pick: Pick) -> list[Any]:
        [place] = self.need(pick.field.by)
        keys = [row[place] for row in self.rows]
        picks = pick.picks()
        table = Table(self.work, pick.field.of, [picks])
        if wanted := set(keys) - {None}:
            table.load(pick.field.of.by_key(self.work).filter(pk__in=wanted))
        by_key = {row[0]: shape for row, shape in zip(table.rows, table.shaped(picks), strict=True)}
        return [by_key.get(key) for key in keys]

    def _lists(self, pick: Pick) -> list[Shaped]:
        keys = [row[0] for row in self.rows]
        listing = Listing(self.work, pick)
        table = listing.table()
        [place] = table.need(listing.parent)
        table.load(listing.rows_of(self.of.model, keys))
        placed: dict[Any, list[int]] = defaultdict(list)
        for number, row in enumerate(table.rows):
            placed[row[place]].append(number)
        shaped = listing.shaped(table, placed, listing.totals(keys))
        return [shaped(key) for key in keys]


class Listing:
    """A connection as it was asked for."""

    def __init__(self, work: Work, pick: Pick) -> None:
        self.work, self.pick, self.field = work, pick, pick.field
        self.of: type[Row] = pick.field.of
        self.parent: str = pick.field.parent or ""
        self.first: int = pick.arguments["first"]
        if not MIN_FIRST <= self.first <= MAX_FIRST:
            raise BadFirst(f"`first` of {pick.name} is {MIN_FIRST} to {MAX_FIRST}.")
        self.after: str | None = pick.arguments.get("after")
        self.ordering = [f"-{key.name}" if key.is_descending else key.name for key in self.of.order]
        self.parts = pick.picks()
        self.selections = reaching.selections(pick)
        page_info = {part.name for info in self.parts if info.name == "pageInfo" for part in info.picks()}
        edges = {part.name for edge in self.parts if edge.name == "edges" for part in edge.picks()}
        self.wants_cursors = bool(page_info & {"startCursor", "endCursor"}) or "cursor" in edges
        self.wants_total = any(part.name == "totalCount" for part in self.parts)
        # One row more than wanted tells whether there is a next page; read only when that is asked.
        self.count = self.first + ("hasNextPage" in page_info)

    @property
    def salt(self) -> str:
        """What a cursor is bound to: this list, this tenant, these filters; the size of a page may change."""
        filters = {k: str(v) for k, v in self.pick.arguments.items() if k not in ("first", "after")}
        words = [self.pick.type_name, self.pick.name, self.work.holder.tenant.schema_name]
        return ":".join(["graphql", *words, *(f"{name}={filters[name]}" for name in sorted(filters))])

    def table(self) -> Table:
        table = Table(self.work, self.of, self.selections.values())
        if self.wants_cursors:
            table.need(*(key.name for key in self.of.order))
        return table

    def all_rows(self) -> QuerySet[Any]:
        """The whole list, whatever page of it."""
        rows = self.of.listed(self.work)
        return self.field.narrow(self.work, rows, self.pick.arguments) if self.field.narrow else rows

    def rows(self) -> QuerySet[Any]:
        rows = self.all_rows()
        if self.after is not None:
            rows = pagination.beyond(rows, order=self.of.order, cursor=self.after, salt=self.salt)
        return rows

    def rows_of(self, model: Any, keys: Sequence[Any]) -> QuerySet[Any]:
        """The first rows of each parent, in order, by one index walk a parent."""
        own = self.rows().filter(**{self.parent: OuterRef("pk")}).order_by(*self.ordering)
        first = ArraySubquery(own.values("pk")[: self.count])
        parents = model._default_manager.filter(pk__in=keys).order_by()
        return self.of.model._default_manager.filter(pk__in=parents.values_list(Unnest(first))).order_by(
            *self.ordering
        )

    def totals(self, keys: Sequence[Any]) -> dict[Any, int]:
        """How many rows each parent has, in one statement; nothing when nobody asks."""
        if not self.wants_total:
            return {}
        rows = self.all_rows().filter(**{f"{self.parent}__in": keys}).order_by()
        found = dict(rows.values_list(self.parent).annotate(Count("pk")))
        self.work.read(len(keys))
        return {key: found.get(key, 0) for key in keys}

    def shaped(
        self, table: Table, placed: dict[Any, list[int]], totals: dict[Any, int]
    ) -> Callable[[Any], Shaped]:
        """A function from a parent's key to its page."""
        shapes = {path: table.shaped(picks) for path, picks in self.selections.items()}
        places = table.need(*(key.name for key in self.of.order)) if self.wants_cursors else []

        def cursor(number: int) -> str:
            position = tuple(table.rows[number][place] for place in places)
            return pagination.cursor(position, order=self.of.order, salt=self.salt)

        def page(key: Any) -> Shaped:
            numbers = placed.get(key, [])
            shown = numbers[: self.first]
            return {
                part.key: self._part(
                    part, shapes, shown, cursor, len(numbers) > len(shown), totals.get(key, 0)
                )
                for part in self.parts
            }

        return page

    def _part(
        self,
        part: Pick,
        shapes: dict[str, list[Shaped]],
        shown: list[int],
        cursor: Any,
        has_more: bool,
        total: int,
    ) -> Any:
        if part.name == TYPENAME:
            return part.type_name
        if part.name == "totalCount":
            return total
        if part.name == "nodes":
            return [shapes[part.key][number] for number in shown]
        if part.name == "edges":
            edges = part.picks()
            return [
                {edge.key: self._edge(part, edge, shapes, number, cursor) for edge in edges}
                for number in shown
            ]
        known: dict[str, Callable[[], Any]] = {
            "hasNextPage": lambda: has_more,
            "hasPreviousPage": lambda: self.after is not None,
            "startCursor": lambda: cursor(shown[0]) if shown else None,
            "endCursor": lambda: cursor(shown[-1]) if shown else None,
            TYPENAME: lambda: "PageInfo",
        }
        return {each.key: known[each.name]() for each in part.picks()}

    def _edge(self, part: Pick, edge: Pick, shapes: dict[str, list[Shaped]], number: int, cursor: Any) -> Any:
        if edge.name == "node":
            return shapes[f"{part.key}.{edge.key}"][number]
        return cursor(number) if edge.name == "cursor" else edge.type_name


def _needs(field: Any) -> Sequence[str]:
    if isinstance(field, One):
        return [field.by]
    return field.needs if isinstance(field, Read | Batch) else ()
