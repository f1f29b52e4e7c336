"""``segmentCreate``: a segment of a program's own making."""

from uuid import UUID

import graphene

from regulars.crm_core.insight import rules, segments
from regulars.graphql.mutations.mutation import Mutation, Said, payload
from regulars.graphql.scalars import JSON
from regulars.graphql.types.segments import Segment
from regulars.graphql.work import Work
from regulars.platform import errors

BLAMED = {segments.BadSegmentName.code: "name", segments.SegmentNameTaken.code: "name"}


class SegmentCreateInput(graphene.InputObjectType):
    """Rules are a tree of `all`, `any` and `not`; the guide shows its leaves."""

    name = graphene.String(required=True)
    rules = JSON(required=True)


def change(work: Work, said: Said) -> UUID:
    return segments.save(name=said["name"], rules=said["rules"], at=work.at, origin="api").pk


def blamed(refused: errors.Refused) -> str | None:
    if isinstance(refused, rules.BadRules):
        return f"rules.{refused.path}".rstrip(".")
    return BLAMED.get(refused.code)


segment_create = Mutation(
    payload("SegmentCreatePayload", Segment, "segment"),
    given=SegmentCreateInput,
    of=Segment,
    under="segment",
    scope="segments:write",
    change=change,
    blamed=blamed,
    required=True,
    description="Make a segment.",
)
