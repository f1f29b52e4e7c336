"""What a query costs before it runs: the rows that it asks for at most, ``first`` times nested ``first``.

A point is ROWS_PER_POINT rows, and a point is a token of the key's bucket, as one request of REST is. What
was asked for and not found is given back.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, cast

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, get_named_type
from graphql.language import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
)

from regulars.graphql.fields import BATCH_WEIGHT, MAX_FIRST, Batch, Many, One
from regulars.graphql.selecting import declared
from regulars.platform import errors

ROWS_PER_POINT = 50
MAX_POINTS = 200  # of one request; less than a full bucket, so that a request within it can be granted
MUTATION_POINTS = 5
TOTAL_WEIGHT = 20  # what counting a list costs, in rows


class TooCostly(errors.Refused):
    status = 400
    code = "too_costly"


class UnknownOperation(errors.Refused):
    status = 400
    code = "unknown_operation"


def points(rows: int) -> int:
    """Rows as points, at least one."""
    return max(1, math.ceil(rows / ROWS_PER_POINT))


def operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """The operation to run. Raises UnknownOperation."""
    found = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    named = [each for each in found if each.name and each.name.value == name] if name else found
    if len(named) != 1:
        raise UnknownOperation("`operationName` names one of the document's operations.")
    return named[0]


def of(
    schema: GraphQLSchema,
    document: DocumentNode,
    asked: OperationDefinitionNode,
    variables: Mapping[str, Any],
) -> int:
    """The points that an operation costs at most; a document that is not valid yet does no harm."""
    root = schema.get_root_type(asked.operation)
    rows = _Rows(schema, document, {**_defaults(asked), **variables})
    is_mutation = asked.operation == OperationType.MUTATION
    found = rows.of(root, asked.selection_set, 1) if root else 0
    return points(found) + (MUTATION_POINTS * len(asked.selection_set.selections) if is_mutation else 0)


class _Rows:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self.schema, self.variables = schema, variables
        self.fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }

    def of(self, type_: Any, selections: SelectionSetNode, parents: int) -> int:
        """Rows that a selection of so many objects reads below them."""
        found = 0
        for node in selections.selections:
            if isinstance(node, FieldNode):
                found += self._field(type_, node, parents)
                continue
            inner: Any = self.fragments.get(node.name.value) if isinstance(node, FragmentSpreadNode) else node
            if inner is not None:
                on = inner.type_condition
                found += self.of(
                    self.schema.type_map.get(on.name.value) if on else type_, inner.selection_set, parents
                )
        return found

    def _field(self, type_: Any, node: FieldNode, parents: int) -> int:
        if not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            return 0
        field = type_.fields.get(node.name.value)
        if field is None:  # validation says so
            return 0
        said = declared(cast(Any, type_).graphene_type).get(node.name.value)
        rows, each = 0, parents
        if isinstance(said, Many):
            each = parents * self._first(node)
            rows = each
        elif isinstance(said, One) or said is None:
            rows = parents
        elif isinstance(said, Batch):
            rows = parents * BATCH_WEIGHT
        elif node.name.value == "totalCount":
            rows = TOTAL_WEIGHT
        elif type_ in (self.schema.query_type, self.schema.mutation_type):
            rows = 1
        below = get_named_type(field.type)
        return rows + (self.of(below, node.selection_set, each) if node.selection_set else 0)

    def _first(self, node: FieldNode) -> int:
        """What is asked for; the most there may be when it is not a number yet."""
        for argument in node.arguments:
            if argument.name.value == "first":
                value: Any = None
                if isinstance(argument.value, IntValueNode):
                    value = int(argument.value.value) if len(argument.value.value) < 9 else MAX_FIRST
                elif isinstance(argument.value, VariableNode):
                    value = self.variables.get(argument.value.name.value)
                if isinstance(value, int) and not isinstance(value, bool):
                    return min(max(value, 1), MAX_FIRST)
        return MAX_FIRST


def _defaults(asked: OperationDefinitionNode) -> dict[str, Any]:
    return {
        each.variable.name.value: int(each.default_value.value)
        for each in asked.variable_definitions
        if isinstance(each.default_value, IntValueNode) and len(each.default_value.value) < 9
    }
