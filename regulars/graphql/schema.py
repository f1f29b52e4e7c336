"""The whole schema: what can be asked, what can be changed, and the SDL that lies in the repository."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import graphene
from graphql import GraphQLResolveInfo, GraphQLSchema, print_schema

from regulars.graphql import node_ids, planner
from regulars.graphql.fields import Many, Node, Row
from regulars.graphql.mutations import mutation
from regulars.graphql.mutations.contact_update import contact_update
from regulars.graphql.mutations.segment_create import segment_create
from regulars.graphql.selecting import Pick, Query, pick
from regulars.graphql.types import customers, orders
from regulars.graphql.types.campaigns import Campaign
from regulars.graphql.types.customers import Customer
from regulars.graphql.types.orders import Order
from regulars.graphql.types.products import Product
from regulars.graphql.types.segments import Segment
from regulars.graphql.work import Work

TYPES: dict[str, type[Row]] = {each.__name__: each for each in (Customer, Order, Product, Segment, Campaign)}


class ById(graphene.Field):
    """One row by its global id; null with an error when there is none, or none of this tenant's."""

    def __init__(self, of: type[Any], **options: Any) -> None:
        super().__init__(of, {"id": graphene.ID(required=True)}, **options)
        self.of = of


class Read(graphene.ObjectType):
    """What can be asked."""

    class Meta:
        name = "Query"

    node = ById(Node, description="Whatever this id names.")
    customer = ById(Customer)
    order = ById(Order)
    product = ById(Product)
    segment = ById(Segment)
    campaign = ById(Campaign)
    customers = Many(
        Customer,
        filters=customers.FILTERS,
        narrow=customers.narrow,
        description="Newest first, merged ones left out.",
    )
    orders = Many(
        Order,
        filters=orders.FILTERS,
        narrow=orders.narrow,
        description="Newest first, deleted ones left out.",
    )
    products = Many(Product, description="Newest first, deleted ones left out.")
    segments = Many(Segment, description="Newest first.")
    campaigns = Many(Campaign, description="Newest first.")


class Change(graphene.ObjectType):
    """What can be changed."""

    class Meta:
        name = "Mutation"

    contact_update = contact_update
    segment_create = segment_create


@cache
def built() -> GraphQLSchema:
    schema: GraphQLSchema = graphene.Schema(
        query=Read, mutation=Change, types=list(TYPES.values())
    ).graphql_schema
    for type_ in (schema.query_type, schema.mutation_type):
        for field in type_.fields.values() if type_ else ():
            field.resolve = partial(resolve)
    return schema


def as_sdl() -> str:
    """As it lies in the repository."""
    return print_schema(built()) + "\n"


def resolve(_root: Any, info: GraphQLResolveInfo, **_given: Any) -> Any:
    """A field at the root: planned and read as a whole; what is below it is in the answer already."""
    query = Query(info.schema, info.fragments, info.variable_values)
    asked = pick(query, info.parent_type, str(info.path.key), info.field_nodes)
    work: Work = info.context
    if isinstance(asked.field, Many):
        return planner.page(work, asked)
    if isinstance(asked.field, ById):
        return _by_id(work, asked)
    return mutation.run(work, asked)


def _by_id(work: Work, asked: Pick) -> Any:
    is_any = asked.field.of is Node
    name, key = node_ids.opened(asked.arguments["id"], of=None if is_any else asked.field.of.__name__)
    if name not in TYPES:
        raise node_ids.BadId("This is not an id that this API gives.")
    return planner.one(work, TYPES[name], key, asked.picks(of=name))
