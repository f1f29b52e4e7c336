"""Mails to a segment, and what became of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import graphene
from django.db.models import Count, Q, QuerySet

from regulars.graphql import node_ids, scalars
from regulars.graphql.fields import Batch, Node, One, Read, Row
from regulars.graphql.scalars import DateTime
from regulars.graphql.work import Work
from regulars.integrations.email import models
from regulars.integrations.email.models import RecipientState
from regulars.platform.pagination import Key

CampaignState = graphene.Enum("CampaignState", [(each.name, each.value) for each in models.CampaignState])
COUNTED = {
    "sent": Q(state=RecipientState.SENT),
    "pending": Q(state__in=[RecipientState.PENDING, RecipientState.CLAIMED, RecipientState.INFLIGHT]),
    "refused": Q(state=RecipientState.REFUSED),
    "skipped": Q(state=RecipientState.SKIPPED),
    "uncertain": Q(state=RecipientState.UNCERTAIN),
    "opened": Q(opened_at__isnull=False),
    "clicked": Q(clicked_at__isnull=False),
    "unsubscribed": Q(unsubscribed_at__isnull=False),
}


def node_id(_work: Work, key: UUID) -> str:
    return node_ids.written("Campaign", key)


class CampaignResults(graphene.ObjectType):
    """Counted mail by mail. Opens and clicks are those that look human."""

    recipients = graphene.Int(required=True)
    sent = graphene.Int(required=True)
    pending = graphene.Int(required=True)
    refused = graphene.Int(required=True)
    skipped = graphene.Int(required=True)
    uncertain = graphene.Int(required=True, description="Handed over as the sender broke down: nobody knows.")
    opened = graphene.Int(required=True)
    clicked = graphene.Int(required=True)
    unsubscribed = graphene.Int(required=True)


def results(_work: Work, rows: list[tuple[Any, ...]]) -> list[dict[str, int]]:
    """The counts of all campaigns of a level, in one statement."""
    counts = {name: Count("pk", filter=condition) for name, condition in COUNTED.items()}
    asked = models.Recipient.objects.filter(campaign__in=[key for (key,) in rows]).order_by()
    names = ["recipients", *COUNTED]
    counted = asked.values_list("campaign").annotate(recipients=Count("pk"), **counts)
    found = {key: dict(zip(names, numbers, strict=True)) for key, *numbers in counted}
    nothing = dict.fromkeys(names, 0)
    return [found.get(key, nothing) for (key,) in rows]


class Campaign(Row):
    """One mail to a segment."""

    class Meta:
        interfaces = (Node,)

    model = models.Campaign
    scope = "campaigns:read"
    order = (Key("made_at", is_descending=True), Key("id", is_descending=True))

    id = Read(graphene.ID, "pk", write=node_id, required=True)
    name = Read(graphene.String, "name", required=True)
    subject = Read(graphene.String, "subject", required=True)
    preview_text = Read(graphene.String, "preview_text", required=True)
    state = Read(CampaignState, "state", write=scalars.upper, required=True)
    from_name = Read(graphene.String, "from_name", required=True)
    from_address = Read(graphene.String, "from_address", required=True)
    made_at = Read(DateTime, "made_at", required=True)
    launched_at = Read(DateTime, "launched_at")
    finished_at = Read(DateTime, "finished_at")
    segment = One("Segment", by="segment_id")
    results = Batch(CampaignResults, "pk", load=results, required=True)

    @classmethod
    def by_key(cls, work: Work) -> QuerySet[Any]:
        return models.Campaign.objects.filter(removed_at=None)
