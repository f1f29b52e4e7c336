"""What a query picks of a type: fragments and @include/@skip resolved, each alias apart."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import graphene
from graphql import GraphQLObjectType, GraphQLSchema, get_named_type
from graphql.execution.collect_fields import collect_sub_fields
from graphql.execution.values import get_argument_values
from graphql.language import FieldNode, FragmentDefinitionNode

TYPENAME = "__typename"


@dataclass(frozen=True)
class Query:
    """What the parts of a query are read with."""

    schema: GraphQLSchema
    fragments: dict[str, FragmentDefinitionNode]
    variables: dict[str, Any]


@dataclass(frozen=True)
class Pick:
    """One field of an answer: the key it is answered under, what it is, and what is picked of it."""

    key: str
    name: str
    field: Any  # as the type declares it; None for __typename
    type_name: str  # of the object that has the field
    arguments: Mapping[str, Any]
    query: Query
    nodes: list[FieldNode]
    returns: GraphQLObjectType | None
    _picks: dict[str | None, list[Pick]] = dataclasses.field(default_factory=dict)

    def picks(self, of: str | None = None) -> list[Pick]:
        """What is picked of the value; ``of``: its type, where an interface was declared."""
        if of not in self._picks:
            type_ = self.query.schema.type_map[of] if of else self.returns
            self._picks[of] = picks(self.query, cast(GraphQLObjectType, type_), self.nodes) if type_ else []
        return self._picks[of]


def picks(query: Query, type_: GraphQLObjectType, nodes: list[FieldNode]) -> list[Pick]:
    """The fields that these nodes pick of a type, in the order they were asked for."""
    grouped = collect_sub_fields(query.schema, query.fragments, query.variables, type_, nodes)
    return [pick(query, type_, key, nodes) for key, nodes in grouped.items()]


def pick(query: Query, type_: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> Pick:
    name = nodes[0].name.value
    if name == TYPENAME:
        return Pick(key, name, None, type_.name, {}, query, nodes, None)
    field = type_.fields[name]
    returns = get_named_type(field.type)
    return Pick(
        key=key,
        name=name,
        field=declared(cast(Any, type_).graphene_type).get(name),
        type_name=type_.name,
        arguments=get_argument_values(field, nodes[0], query.variables) if field.args else {},
        query=query,
        nodes=nodes,
        returns=returns if isinstance(returns, GraphQLObjectType) else None,
    )


def embedding(pick: Pick) -> Callable[[Any], Any]:
    """Takes what is picked out of an object that stands in its row, or out of each in a list."""
    parts = [(part.key, part.name, embedding(part) if part.returns else None) for part in pick.picks()]
    type_name = pick.returns.name if pick.returns else ""

    def taken(value: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, list):
            return [taken(each) for each in value]
        found = {}
        for key, name, inner in parts:
            each = type_name if name == TYPENAME else value[name]
            found[key] = inner(each) if inner else each
        return found

    return taken


@cache
def declared(type_: type[graphene.ObjectType]) -> dict[str, Any]:
    """A type's fields as it declares them, by the name that the API uses."""
    names = {
        name: field.name or graphene.utils.str_converters.to_camel_case(name)
        for name, field in _fields(type_)
    }
    return {names[name]: field for name, field in _fields(type_)}


def _fields(type_: type[graphene.ObjectType]) -> Sequence[tuple[str, Any]]:
    return list(type_._meta.fields.items())
