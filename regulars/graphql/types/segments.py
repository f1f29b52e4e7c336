"""Whom one means, under a name."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import graphene
from django.db.models import QuerySet

from regulars.crm_core.insight import models, segments
from regulars.graphql import node_ids
from regulars.graphql.fields import Batch, Node, Read, Row
from regulars.graphql.scalars import JSON, DateTime
from regulars.graphql.work import Work
from regulars.platform.pagination import Key


def node_id(_work: Work, key: UUID) -> str:
    return node_ids.written("Segment", key)


def counted(work: Work, rows: list[tuple[Any, ...]]) -> list[int | None]:
    return segments.counts([rules for (rules,) in rows], at=work.at)


class Segment(Row):
    """Rules that say whom one means. Who belongs is asked anew each time."""

    class Meta:
        interfaces = (Node,)

    model = models.Segment
    scope = "segments:read"
    order = (Key("made_at", is_descending=True), Key("id", is_descending=True))

    id = Read(graphene.ID, "pk", write=node_id, required=True)
    name = Read(graphene.String, "name", required=True)
    rules = Read(JSON, "rules", required=True)
    members_count = Batch(
        graphene.Int,
        "rules",
        load=counted,
        description="Customers that the rules hold for now; null when they ask for something that is gone.",
    )
    version = Read(graphene.Int, "version", required=True, description="Counts the changes.")
    made_at = Read(DateTime, "made_at", required=True)
    changed_at = Read(DateTime, "changed_at", required=True)

    @classmethod
    def by_key(cls, work: Work) -> QuerySet[Any]:
        return models.Segment.objects.filter(removed_at=None)
