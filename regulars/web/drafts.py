"""The campaign's form as a value: read out of what was posted, changed by its buttons, never losing a word.

The form needs no script. Each block stands in it as fields ``<number>-<field>``; a hidden ``block`` a block
gives their order. What a button does is one word: ``add:heading``, ``up:2``, ``down:2``, ``remove:2``,
``take:2:<product>``, ``drop:2:<product>``, ``find:2``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.http import QueryDict

from regulars.integrations.email import campaigns
from regulars.integrations.email.models import Campaign

MAX_SEARCH_LETTERS = 200
MAX_VERSION_DIGITS = 9
MAX_FORM_BLOCKS = campaigns.MAX_BLOCKS + 20  # more than a mail may hold, so that the refusal can show them

Block = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What stands in the form. ``searches``: the words looked for in a block of products, by its place."""

    name: str
    subject: str = ""
    preview_text: str = ""
    segment_id: UUID | None = None
    version: int = 1
    blocks: tuple[Block, ...] = ()
    searches: Mapping[int, str] = field(default_factory=dict)


def of(campaign: Campaign) -> Draft:
    """The draft as it was saved last."""
    return Draft(
        name=campaign.name,
        subject=campaign.subject,
        preview_text=campaign.preview_text,
        segment_id=campaign.segment_id,
        version=campaign.version,
        blocks=tuple(campaign.blocks),
    )


def read(given: QueryDict) -> Draft:
    """The draft as it was typed. Fields that are no part of the form are left out."""
    numbers = [each for each in given.getlist("block") if each.isdecimal()][:MAX_FORM_BLOCKS]
    version = given.get("version", "")
    return Draft(
        name=given.get("name", ""),
        subject=given.get("subject", ""),
        preview_text=given.get("preview_text", ""),
        segment_id=as_id(given.get("segment", "")),
        version=int(version) if version.isdecimal() and len(version) < MAX_VERSION_DIGITS else 0,
        blocks=tuple(_block(given, number) for number in numbers),
        searches={
            place: given.get(f"{number}-words", "").replace("\0", "").strip()[:MAX_SEARCH_LETTERS]
            for place, number in enumerate(numbers)
        },
    )


def changed(draft: Draft, do: str) -> tuple[Draft, int | None]:
    """The draft after a button, and the place of the block that it was about; unknown words do nothing."""
    verb, _colon, rest = do.partition(":")
    if verb == "add":
        if rest not in campaigns.FIELDS:
            return draft, None
        return _with(draft, [*draft.blocks, new(rest)]), len(draft.blocks)
    place, _colon, more = rest.partition(":")
    if place not in map(str, range(len(draft.blocks))):
        return draft, None
    return _moved(draft, verb, int(place), more)


def new(kind: str) -> Block:
    """An empty block."""
    return {"kind": kind, **{name: [] if name == "ids" else "" for name in campaigns.FIELDS[kind]}}


def as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _moved(draft: Draft, verb: str, place: int, more: str) -> tuple[Draft, int | None]:
    blocks, searches = list(draft.blocks), dict(draft.searches)
    other = {"up": place - 1, "down": place + 1}.get(verb)
    if other is not None:
        if not 0 <= other < len(blocks):
            return draft, place
        blocks[place], blocks[other] = blocks[other], blocks[place]
        searches[place], searches[other] = searches.get(other, ""), searches.get(place, "")
        return replace(_with(draft, blocks), searches=searches), other
    if verb == "remove":
        del blocks[place]
        words = [searches.get(each, "") for each in range(len(draft.blocks)) if each != place]
        return replace(_with(draft, blocks), searches=dict(enumerate(words))), None
    if verb in {"take", "drop"} and "ids" in blocks[place]:
        ids = [each for each in blocks[place]["ids"] if each != more]
        if verb == "take" and as_id(more):
            ids = [*ids, more][: campaigns.MAX_PRODUCTS_A_BLOCK]
        blocks[place] = {**blocks[place], "ids": ids}
        return _with(draft, blocks), place
    return draft, place


def _with(draft: Draft, blocks: list[Block]) -> Draft:
    return replace(draft, blocks=tuple(blocks))


def _block(given: QueryDict, number: str) -> Block:
    kind = given.get(f"{number}-kind", "")
    block: Block = {"kind": kind}
    for name in campaigns.FIELDS.get(kind, ()):
        if name == "ids":
            ids = [str(each) for each in map(as_id, given.getlist(f"{number}-ids")) if each]
            block[name] = ids[: campaigns.MAX_PRODUCTS_A_BLOCK]
        else:
            block[name] = given.get(f"{number}-{name}", "").replace("\r\n", "\n")
    return block
