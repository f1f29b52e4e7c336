"""What the shops sell."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import graphene
from django.db.models import QuerySet

from regulars.crm_core.commerce import models
from regulars.graphql import node_ids, scalars
from regulars.graphql.fields import Node, Read, Row
from regulars.graphql.scalars import DateTime, Money
from regulars.graphql.work import Work
from regulars.platform.pagination import Key


def node_id(_work: Work, key: UUID) -> str:
    return node_ids.written("Product", key)


class Product(Row):
    """Something a shop sells."""

    class Meta:
        interfaces = (Node,)

    model = models.Product
    scope = "products:read"
    order = (Key("id", is_descending=True),)

    id = Read(graphene.ID, "pk", write=node_id, required=True)
    title = Read(graphene.String, "title", required=True)
    sku = Read(graphene.String, "sku", required=True)
    price = Read(Money, "price", "currency", write=scalars.amount_or_none)
    unit_cost = Read(
        Money,
        "unit_cost",
        "currency",
        write=scalars.amount_or_none,
        description="What one piece costs the workspace, where it is known.",
    )
    is_published = Read(graphene.Boolean, "is_published", required=True)
    gone_at = Read(DateTime, "gone_at", description="When the shop said that the product is no more.")

    @classmethod
    def listed(cls, work: Work) -> QuerySet[Any]:
        return models.Product.objects.filter(gone_at=None)
