"""The page on which a campaign is written: its blocks, whom it is for, and how the mail will look."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from regulars.crm_core.commerce import choosing
from regulars.crm_core.insight import segments
from regulars.crm_core.insight.models import Segment
from regulars.integrations.email import composing
from regulars.integrations.email.letters.blocks import BadBlocks
from regulars.integrations.email.letters.letter import Letter
from regulars.integrations.email.models import Campaign
from regulars.platform import errors
from regulars.tenants.models import Person
from regulars.web import campaign_words, drafts, formats, htmx

KEPT = "letter"  # of the session: the one letter that is being looked at, unsaved
SUBJECT_SHOWN_LETTERS = 40  # what a phone's list of mail has room for
FOUND_AT_MOST = 8


@dataclass(frozen=True, kw_only=True)
class Look:
    """How the mail looks: the address of its preview, or why there is none and which block is to blame."""

    href: str = ""
    problem: str = ""
    place: int | None = None
    is_clipped: bool = False
    kilobytes: int = 0


def letter_of(draft: drafts.Draft) -> Letter:
    """The letter that these words make. Raises BadBlocks and BadLetter."""
    return composing.composed(
        subject=draft.subject,
        preview_text=draft.preview_text,
        blocks=list(draft.blocks),
        is_only_looked_at=True,
    )


def look(request: htmx.Request, campaign: Campaign, draft: drafts.Draft) -> Look:
    """Try the letter, and keep unsaved words for the frame that will ask for them."""
    try:
        letter = letter_of(draft)
    except BadBlocks as bad:
        return Look(problem=str(bad), place=bad.position)
    except errors.Refused as bad:
        return Look(problem=str(bad))
    words = {"subject": draft.subject, "preview_text": draft.preview_text, "blocks": list(draft.blocks)}
    mark = hashlib.sha256(json.dumps(words, sort_keys=True).encode()).hexdigest()[:12]
    if draft != drafts.of(campaign):
        request.session[KEPT] = {"campaign": str(campaign.pk), "mark": mark, **words}
    return Look(
        href=f"{reverse('campaigns:letter', args=[campaign.pk])}?mark={mark}",
        is_clipped=letter.is_clipped,
        kilobytes=letter.html_bytes // 1024,
    )


def kept(request: htmx.Request, campaign: Campaign) -> drafts.Draft:
    """The unsaved words that the frame asks for; else those that were saved."""
    words = request.session.get(KEPT, {})
    draft = drafts.of(campaign)
    if words.get("campaign") != str(campaign.pk) or words.get("mark") != request.GET.get("mark"):
        return draft
    return drafts.Draft(
        name=draft.name,
        subject=words["subject"],
        preview_text=words["preview_text"],
        blocks=tuple(words["blocks"]),
    )


def values(person: Person) -> dict[str, str]:
    """The reader of a preview: the one who writes it."""
    first, _space, last = person.name.strip().partition(" ")
    return {"first_name": first, "last_name": last.strip(), "name": person.name.strip()}


def page(
    request: htmx.Request, campaign: Campaign, draft: drafts.Draft, *, place: int | None = None
) -> dict[str, Any]:
    """All that ``campaigns/edit.html`` names, but for what went wrong."""
    seen = look(request, campaign, draft)
    known = segments.listed()
    chosen = next((each for each in known if each.pk == draft.segment_id), None)
    return {
        "campaign": campaign,
        "draft": draft,
        "segments": known,
        "segment_id": draft.segment_id if chosen else None,
        "audience": audience(chosen, is_gone=bool(draft.segment_id and not chosen)),
        "blocks": rows(draft, seen, place=place),
        "kinds": campaign_words.KINDS,
        "tags": campaign_words.tags(),
        "look": seen,
        "sender": composing.frame_of_tenant().brand,
        "subject_shown": shortened(draft.subject),
        "is_long": len(draft.subject.strip()) > SUBJECT_SHOWN_LETTERS,
    }


def audience(segment: Segment | None, *, is_gone: bool = False) -> dict[str, Any]:
    """How many belong to the segment now, in words, or what is wrong with it."""
    if segment is None:
        gone = _("The segment is gone. Choose another one.")
        return {"words": gone if is_gone else _("Nobody yet: choose a segment."), "is_bad": is_gone}
    try:
        count = segments.count(segment.rules, at=timezone.now())
    except errors.Refused as broken:
        return {"words": str(broken), "is_bad": True, "segment": segment}
    said = ngettext("%(count)s customer belongs to it now.", "%(count)s customers belong to it now.", count)
    return {
        "words": said % {"count": formats.number(count)},
        "why": segments.sentence(segment.rules),
        "is_bad": False,
        "segment": segment,
    }


def rows(draft: drafts.Draft, seen: Look, *, place: int | None) -> list[dict[str, Any]]:
    """The blocks as the template shows them; ``place`` is the one that a button was about."""
    titles = choosing.titles(_ids(draft))
    last = len(draft.blocks) - 1
    return [
        {
            **block,
            "number": number,
            "word": campaign_words.OF_KIND.get(block["kind"]),
            "problem": seen.problem if seen.place == number else "",
            "is_first": number == 0,
            "is_last": number == last,
            "is_fresh": number == place,
            "words": draft.searches.get(number, ""),
            "chosen": [
                {"id": each, "title": titles.get(UUID(each), _("A product that is gone"))}
                for each in block.get("ids", ())
            ],
            "found": found(draft, number) if "ids" in block else [],
        }
        for number, block in enumerate(draft.blocks)
    ]


def found(draft: drafts.Draft, number: int) -> list[dict[str, Any]]:
    """Products that match what is looked for in this block, those that it shows left out."""
    words = draft.searches.get(number, "")
    if not words:
        return []
    taken = set(draft.blocks[number].get("ids", ()))
    hits = choosing.products(words=words, limit=FOUND_AT_MOST + len(taken))
    free = [hit for hit in hits if str(hit.pk) not in taken][:FOUND_AT_MOST]
    return [
        {
            "id": hit.pk,
            "title": hit.title,
            "price": "" if hit.price is None else formats.money(hit.price, hit.currency),
        }
        for hit in free
    ]


def shortened(subject: str) -> str:
    line = " ".join(subject.split())
    return line if len(line) <= SUBJECT_SHOWN_LETTERS else f"{line[:SUBJECT_SHOWN_LETTERS].rstrip()}…"


def sides(theirs: Campaign, mine: drafts.Draft) -> list[dict[str, str]]:
    """Both versions next to each other, where they differ."""
    other = drafts.of(theirs)
    pairs = (
        (pgettext("of a thing", "Name"), other.name, mine.name),
        (_("Subject"), other.subject, mine.subject),
        (_("Preview text"), other.preview_text, mine.preview_text),
        (_("Content"), _plain(other), _plain(mine)),
    )
    return [{"label": label, "theirs": there, "mine": here} for label, there, here in pairs if there != here]


def _plain(draft: drafts.Draft) -> str:
    lines = []
    for block in draft.blocks:
        kind = campaign_words.OF_KIND.get(block["kind"])
        said = " · ".join(
            str(value) for name, value in block.items() if name not in ("kind", "ids") and value
        )
        lines.append(f"{kind.label if kind else block['kind']}: {said}" if said else str(kind and kind.label))
    return "\n".join(lines)


def _ids(draft: drafts.Draft) -> list[UUID]:
    return [UUID(each) for block in draft.blocks for each in block.get("ids", ())]
