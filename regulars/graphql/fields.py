"""How a type says where its fields come from. The planner reads these and loads nothing else.

``Read`` is made of the row's own columns, ``One`` is another row that this one names, ``Many`` are rows that
name this one, ``Batch`` is worked out for all rows of a level at once. A field of a row's type that is none
of these fails a test: it would ask the database once for each row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

import graphene
from django.db.models import Model, QuerySet

from regulars.platform.pagination import Key

if TYPE_CHECKING:
    from regulars.graphql.work import Work

MIN_FIRST, MAX_FIRST = 1, 100
BATCH_WEIGHT = 50  # what a computed value costs, in rows

Narrow = Callable[["Work", "QuerySet[Any]", Mapping[str, Any]], "QuerySet[Any]"]


class Node(graphene.Interface):
    """Anything with an id of its own."""

    id = graphene.ID(required=True, description="Stays for ever; opaque.")


ROWS: dict[str, type[Row]] = {}


class Row(graphene.ObjectType):
    """A type whose objects are rows. Subclasses name the table, the scope and the order of lists."""

    class Meta:
        abstract = True

    @classmethod
    def __init_subclass_with_meta__(cls, **options: Any) -> None:
        super().__init_subclass_with_meta__(**options)
        ROWS[cls.__name__] = cls

    model: ClassVar[type[Model]]
    scope: ClassVar[str]
    order: ClassVar[Sequence[Key]]

    @classmethod
    def listed(cls, work: Work) -> QuerySet[Any]:
        """The rows that lists hold."""
        return cls.by_key(work)

    @classmethod
    def by_key(cls, work: Work) -> QuerySet[Any]:
        """The rows that an id may name, also where lists leave them out."""
        return cls.model._default_manager.all()

    @classmethod
    def answering(cls, key: UUID) -> UUID:
        """The row that answers to this key now."""
        return key


class Read(graphene.Field):
    """A value out of the row's own columns.

    ``needs`` are columns; ``write`` makes the value of (work, *their values), else the first column is it.
    A value that is an object is a dict of the type's field names.
    """

    def __init__(
        self, type_: Any, *needs: str, write: Callable[..., Any] | None = None, **options: Any
    ) -> None:
        super().__init__(type_, **options)
        self.needs, self.write = needs, write


class MergedInto(Read):
    """The id that answers now, when the id asked for was merged into it."""


class One(graphene.Field):
    """The row whose key stands in the column ``by``; ``of`` is its type's name, for types go in circles."""

    def __init__(self, of: str, *, by: str, **options: Any) -> None:
        super().__init__(lambda: self.of, **options)
        self._name, self.by = of, by

    @property
    def of(self) -> type[Row]:
        return ROWS[self._name]


class Batch(graphene.Field):
    """Worked out for all rows of a level in one go: ``load(work, rows of needs)`` gives a value for each."""

    def __init__(
        self,
        type_: Any,
        *needs: str,
        load: Callable[[Work, list[tuple[Any, ...]]], list[Any]],
        **options: Any,
    ) -> None:
        super().__init__(type_, **options)
        self.needs, self.load = needs, load


class PageInfo(graphene.ObjectType):
    """Where this page lies in its list."""

    has_next_page = graphene.Boolean(required=True)
    has_previous_page = graphene.Boolean(required=True)
    start_cursor = graphene.String()
    end_cursor = graphene.String(description="Give it as `after` to read on.")


class Many(graphene.Field):
    """Rows of another type: all of them, or those whose column ``parent`` holds this row's key.

    ``filters`` are arguments besides ``first`` and ``after``; ``narrow`` applies them.
    """

    def __init__(
        self,
        of: type[Row],
        *,
        parent: str | None = None,
        filters: Mapping[str, Any] | None = None,
        narrow: Narrow | None = None,
        **options: Any,
    ) -> None:
        arguments = {
            "first": graphene.Int(required=True, description=f"How many: {MIN_FIRST} to {MAX_FIRST}."),
            "after": graphene.String(description="A cursor of this very list, with the same filters."),
            **(filters or {}),
        }
        super().__init__(connection(of), arguments, **options)
        self.of, self.parent, self.narrow = of, parent, narrow


_connections: dict[type[Row], type[graphene.ObjectType]] = {}


def connection(of: type[Row]) -> type[graphene.ObjectType]:
    """The type of a page of rows of this type; one for each."""
    if of not in _connections:
        name = of.__name__
        edge = type(
            f"{name}Edge",
            (graphene.ObjectType,),
            {
                "__doc__": "A row and its place in the list.",
                "cursor": graphene.String(required=True),
                "node": graphene.Field(of, required=True),
            },
        )
        _connections[of] = type(
            f"{name}Connection",
            (graphene.ObjectType,),
            {
                "__doc__": "A page of a list.",
                "nodes": graphene.List(graphene.NonNull(of), required=True),
                "edges": graphene.List(graphene.NonNull(edge), required=True),
                "page_info": graphene.Field(PageInfo, required=True),
                "total_count": graphene.Int(
                    required=True, description="Of the whole list; counted only when asked for."
                ),
            },
        )
    return _connections[of]
