"""Whom the tenant knows. The model is ``Contact``; the public noun is customer, as in REST."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import graphene
from django.db.models import QuerySet

from regulars.crm_core.customers import resolving
from regulars.crm_core.customers.models import Contact
from regulars.crm_core.insight import lookup
from regulars.crm_core.insight import models as insight
from regulars.graphql import node_ids, scalars
from regulars.graphql.fields import Many, MergedInto, Node, Read, Row
from regulars.graphql.scalars import DateTime, Money
from regulars.graphql.types.orders import Order
from regulars.graphql.work import Work
from regulars.platform.pagination import Key

Stage = graphene.Enum(
    "Stage",
    [(stage.name, stage.value) for stage in insight.Stage],
    description=lambda value: None if value else "Where a customer stands.",
)


def node_id(_work: Work, key: UUID) -> str:
    return node_ids.written("Customer", key)


def stage(_work: Work, value: str | None) -> str:
    return (value or insight.Stage.LEAD.value).upper()


def count(_work: Work, value: int | None) -> int:
    return value or 0


def elsewhere(work: Work, amounts: dict[str, str] | None) -> list[dict[str, str]]:
    """Amounts in currencies that no rate was known for: listed apart, never added."""
    return [scalars.amount(work, Decimal(amount), code) for code, amount in sorted((amounts or {}).items())]


def latest(_work: Work, changed_at: datetime, computed_at: datetime | None) -> datetime:
    return max(changed_at, computed_at) if computed_at else changed_at


class Customer(Row):
    """A person who bought, or may buy, from the workspace's shops."""

    class Meta:
        interfaces = (Node,)

    model = Contact
    scope = "customers:read"
    order = (Key("appeared_at", is_descending=True), Key("id", is_descending=True))

    id = Read(graphene.ID, "pk", write=node_id, required=True, description="Keeps answering after a merge.")
    email = Read(graphene.String, "email", required=True)
    name = Read(graphene.String, "name", required=True)
    first_name = Read(graphene.String, "first_name", required=True)
    last_name = Read(graphene.String, "last_name", required=True)
    phone = Read(graphene.String, "phone", required=True)
    company = Read(graphene.String, "company", required=True)
    city = Read(graphene.String, "city", required=True)
    region = Read(graphene.String, "region", required=True)
    country_code = Read(graphene.String, "country_code", required=True, description="ISO 3166-1 alpha-2")
    tags = Read(graphene.List(graphene.NonNull(graphene.String)), "tags", required=True)
    stage = Read(Stage, "metrics__stage", write=stage, required=True)
    orders_count = Read(
        graphene.Int,
        "metrics__orders_count",
        write=count,
        required=True,
        description="Orders that count as sales.",
    )
    total_spent = Read(
        Money,
        "metrics__total_spent",
        write=scalars.own_amount,
        required=True,
        description="What the orders came to, refunds taken off, in the workspace's currency.",
    )
    spent_elsewhere = Read(
        graphene.List(graphene.NonNull(Money)),
        "metrics__elsewhere",
        write=elsewhere,
        required=True,
        description="Amounts in currencies without an exchange rate: not part of totalSpent.",
    )
    first_order_at = Read(DateTime, "metrics__first_order_at")
    last_order_at = Read(DateTime, "metrics__last_order_at")
    appeared_at = Read(DateTime, "appeared_at", required=True)
    updated_at = Read(DateTime, "changed_at", "metrics__computed_at", write=latest, required=True)
    merged_into = MergedInto(
        graphene.ID,
        description="The id that answers now, when the id asked for was merged into it.",
    )
    orders = Many(Order, parent="contact_id", required=True, description="Newest first.")

    @classmethod
    def listed(cls, work: Work) -> QuerySet[Any]:
        return Contact.objects.live()

    @classmethod
    def answering(cls, key: UUID) -> UUID:
        return next(iter(resolving.survivors({key})), key)


FILTERS = {
    "email": graphene.String(description="Whoever answers to this e-mail address."),
    "words": graphene.String(description="Words of the name, address, company, city or phone number."),
    "stage": Stage(),
    "updated_after": DateTime(description="Changed at this time or later, figures included."),
}


def narrow(_work: Work, _rows: QuerySet[Any], given: Any) -> QuerySet[Any]:
    return lookup.matching(
        email=given.get("email"),
        words=given.get("words"),
        stage=getattr(given.get("stage"), "value", given.get("stage")),
        updated_after=given.get("updated_after"),
    )
