"""Scalars whose written form we decide, and how values are written."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import graphene
from graphql import GraphQLError
from graphql.language import ast
from graphql.utilities import value_from_ast_untyped

from regulars.graphql.work import Work
from regulars.platform import money

MAX_JSON_CHARACTERS = 20_000


class DateTime(graphene.Scalar):
    """RFC 3339, in UTC. As an input, a time without an offset is UTC."""

    @staticmethod
    def serialize(value: Any) -> Any:
        if not isinstance(value, datetime):
            raise GraphQLError("not a time")
        return value

    @staticmethod
    def parse_value(value: Any) -> datetime:
        try:
            found = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            raise GraphQLError("Give a time as in RFC 3339, such as 2026-03-01T12:00:00Z.") from None
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    @classmethod
    def parse_literal(cls, node: Any, _variables: Any = None) -> datetime:
        return cls.parse_value(getattr(node, "value", None))


class JSON(graphene.Scalar):
    """Any JSON value, written as it is: in variables as JSON, in a query as an object of GraphQL."""

    @staticmethod
    def serialize(value: Any) -> Any:
        return value

    @staticmethod
    def parse_value(value: Any) -> Any:
        if len(json.dumps(value)) > MAX_JSON_CHARACTERS:
            raise GraphQLError(f"At most {MAX_JSON_CHARACTERS} characters of JSON.")
        return value

    @classmethod
    def parse_literal(cls, node: ast.ValueNode, variables: Any = None) -> Any:
        return cls.parse_value(value_from_ast_untyped(node, variables))


class Money(graphene.ObjectType):
    """An exact amount."""

    amount = graphene.String(
        required=True,
        description="Exact decimal digits: the currency's own decimals, more where more were stored.",
    )
    currency = graphene.String(required=True, description="ISO 4217")


def amount(_work: Work, value: Decimal, currency: str) -> dict[str, str]:
    """An amount of an order, line, refund or product, in its own currency."""
    return {"amount": money.written(value, currency), "currency": currency}


def amount_or_none(work: Work, value: Decimal | None, currency: str) -> dict[str, str] | None:
    return None if value is None else amount(work, value, currency)


def own_amount(work: Work, value: Decimal | None) -> dict[str, str]:
    """An amount in the tenant's currency; nothing is zero."""
    return amount(work, value or Decimal(0), work.currency)


def upper(_work: Work, value: str) -> str:
    """A choice's name, as enumerations of GraphQL are written."""
    return value.upper()
