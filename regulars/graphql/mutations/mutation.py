"""What every mutation does: scope, idempotency, one call, refusals as ``userErrors``, the row as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import graphene

from regulars.graphql import planner, reaching
from regulars.graphql.fields import Row
from regulars.graphql.selecting import TYPENAME, Pick, embedding
from regulars.graphql.work import Work
from regulars.platform import errors
from regulars.platform.idempotency import effects

Said = Mapping[str, Any]


class UserError(graphene.ObjectType):
    """Why nothing was changed."""

    field = graphene.String(description="Of the input; null when it concerns no single one.")
    code = graphene.String(required=True, description="Stable, for programs.")
    message = graphene.String(required=True, description="For people.")


class Mutation(graphene.Field):
    """``change`` makes the change and gives the row's key; ``blamed`` says which input a refusal concerns."""

    def __init__(
        self,
        payload: type[graphene.ObjectType],
        *,
        given: type[graphene.InputObjectType],
        of: type[Row],
        under: str,
        scope: str,
        change: Callable[[Work, Said], UUID],
        blamed: Callable[[errors.Refused], str | None],
        **options: Any,
    ) -> None:
        arguments = {
            "input": given(required=True),
            "idempotency_key": graphene.String(
                description="Your own word for this change, 8 to 200 characters: repeated within 24 "
                "hours, the change is made once."
            ),
        }
        super().__init__(payload, arguments, **options)
        self.of, self.under, self.scope, self.change, self.blamed = of, under, scope, change, blamed


def payload(name: str, of: type[Row], under: str) -> type[graphene.ObjectType]:
    """The type of a mutation's answer."""
    return type(
        name,
        (graphene.ObjectType,),
        {
            "__doc__": "What became of it.",
            under: graphene.Field(of, description="As it is now; null when it was refused."),
            "user_errors": graphene.List(graphene.NonNull(UserError), required=True),
        },
    )


def run(work: Work, pick: Pick) -> dict[str, Any]:
    """Raises bearer.MissingScope before anything is changed."""
    field: Mutation = pick.field
    work.require(field.scope)
    parts = pick.picks()
    for part in parts:
        if part.name == field.under:
            reaching.authorize(work, field.of, part.picks())
    key: UUID | None = None
    problems: list[dict[str, Any]] = []
    try:
        key = _changed(work, field, pick)
    except errors.Refused as refused:
        blamed = "idempotencyKey" if isinstance(refused, IDEMPOTENCY) else field.blamed(refused)
        problems = [{"field": blamed, "code": refused.code, "message": str(refused)}]
    answer: dict[str, Any] = {}
    for part in parts:
        if part.name == TYPENAME:
            answer[part.key] = part.type_name
        elif part.name == field.under:
            answer[part.key] = planner.one(work, field.of, key, part.picks()) if key else None
        else:
            answer[part.key] = embedding(part)(problems)
    return answer


IDEMPOTENCY = (effects.BadIdempotencyKey, effects.KeyUsedBefore)


def _changed(work: Work, field: Mutation, pick: Pick) -> UUID:
    said = dict(pick.arguments["input"])
    key = pick.arguments.get("idempotency_key")
    if key is None:
        return field.change(work, said)
    return effects.once(
        client_id=work.holder.key_id,
        key=key,
        said=[pick.name, said],
        at=work.at,
        change=lambda: field.change(work, said),
    )
