"""What one can do with campaigns before they are launched, and with those that are over.

A draft may be unfinished: whatever was typed is kept as it is, and only launching asks that it is whole
(``preflight``). Callers write ``campaigns.save(...)``.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from regulars.crm_core.insight.models import Segment
from regulars.integrations.email.models import Campaign, CampaignState
from regulars.platform import errors, pagination, tenancy
from regulars.platform.facts import facts

MAX_NAME_CHARACTERS = 120
MAX_SUBJECT_CHARACTERS = 200  # of the subject and of the preview text
MAX_BLOCKS = 60
MAX_BLOCK_CHARACTERS = 20_000
MAX_PRODUCTS_A_BLOCK = 12
NEWEST = (pagination.Key("made_at", is_descending=True), pagination.Key("id", is_descending=True))
UNDER_WAY = (CampaignState.SENDING, CampaignState.PAUSED)

# What a block of each kind holds; the letter's own rules (``letters.blocks``) come on top.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "heading": ("text",),
    "text": ("markdown",),
    "image": ("url", "alt", "link"),
    "button": ("text", "url"),
    "products": ("ids",),
    "divider": (),
    "spacer": (),
}


class UnknownCampaign(errors.NotFound):
    code = "unknown_campaign"


class StaleCampaign(errors.Refused):
    """Somebody saved another version meanwhile."""

    code = "stale_campaign"


class NotADraft(errors.Refused):
    """It was launched: what people got cannot be rewritten."""

    code = "not_a_draft"


class StillUnderWay(errors.Refused):
    code = "campaign_under_way"


class BadDraft(errors.Invalid):
    """Without a name, too long, or not made of the blocks we know."""

    code = "bad_draft"


class NoSuchAudience(errors.Invalid):
    code = "no_such_audience"


@tenancy.atomic
def make(
    *,
    name: str,
    at: datetime,
    segment_id: UUID | None = None,
    blocks: Sequence[Mapping[str, Any]] = (),
    actor_id: UUID | None = None,
) -> Campaign:
    """A new draft. Raises BadDraft for a bad name or blocks, NoSuchAudience for a segment that is gone."""
    campaign = Campaign.objects.create(
        name=_named(name), segment=_segment(segment_id), blocks=_blocks(blocks), made_at=at, changed_at=at
    )
    _record("campaign.drafted", campaign, at=at, actor_id=actor_id)
    return campaign


@tenancy.atomic
def save(
    *,
    campaign_id: UUID,
    version: int,
    name: str,
    subject: str,
    preview_text: str,
    blocks: Sequence[Mapping[str, Any]],
    segment_id: UUID | None,
    at: datetime,
    actor_id: UUID | None = None,
) -> Campaign:
    """Keep what was written, if ``version`` is the one that stands. The same words again change nothing.

    Raises UnknownCampaign, NotADraft, StaleCampaign (then nothing changed, and the caller still holds both),
    BadDraft and NoSuchAudience.
    """
    campaign = _locked(campaign_id)
    if campaign.state != CampaignState.DRAFT:
        raise NotADraft(_("This campaign was launched. Copy it to write another one like it."))
    written: dict[str, Any] = {
        "name": _named(name),
        "subject": _one_line(subject, _("The subject")),
        "preview_text": _one_line(preview_text, _("The preview text")),
        "blocks": _blocks(blocks),
    }
    changed = _keep(campaign, written, segment_id=segment_id, version=version, at=at)
    if changed:
        _record("campaign.edited", campaign, at=at, actor_id=actor_id, changed=changed)
    return campaign


@tenancy.atomic
def copy(*, campaign_id: UUID, at: datetime, actor_id: UUID | None = None) -> Campaign:
    """A new draft with the same words; a segment that is gone is left out. Raises UnknownCampaign."""
    model = found(campaign_id)
    segment = model.segment if model.segment and model.segment.removed_at is None else None
    name = _("Copy of %(name)s") % {"name": model.name}
    made = Campaign.objects.create(
        name=name[:MAX_NAME_CHARACTERS],
        subject=model.subject,
        preview_text=model.preview_text,
        blocks=model.blocks,
        segment=segment,
        made_at=at,
        changed_at=at,
    )
    _record("campaign.copied", made, at=at, actor_id=actor_id, of=str(model.pk))
    return made


@tenancy.atomic
def remove(*, campaign_id: UUID, at: datetime, actor_id: UUID | None = None) -> Campaign:
    """Take it off the list; links in mails that were sent go on working. A second time changes nothing.

    Raises UnknownCampaign, and StillUnderWay for one that is being sent or paused.
    """
    campaign = _locked(campaign_id, is_removed_too=True)
    if campaign.state in UNDER_WAY:
        raise StillUnderWay(_("This campaign is being sent. Cancel it before you remove it."))
    if campaign.removed_at is None:
        campaign.removed_at = at
        campaign.save(update_fields=["removed_at"])
        _record("campaign.removed", campaign, at=at, actor_id=actor_id)
    return campaign


@tenancy.atomic
def restore(*, campaign_id: UUID, at: datetime, actor_id: UUID | None = None) -> Campaign:
    """Undo of ``remove``. Raises UnknownCampaign."""
    campaign = _locked(campaign_id, is_removed_too=True)
    if campaign.removed_at is not None:
        campaign.removed_at = None
        campaign.save(update_fields=["removed_at"])
        _record("campaign.restored", campaign, at=at, actor_id=actor_id)
    return campaign


def found(campaign_id: UUID) -> Campaign:
    """The campaign with its segment. Raises UnknownCampaign, also for one that was removed."""
    row = Campaign.objects.select_related("segment").filter(pk=campaign_id, removed_at=None).first()
    if row is None:
        raise UnknownCampaign(_("There is no such campaign."))
    return row


def listed(*, cursor: str | None, size: int) -> pagination.Page[Campaign]:
    """The campaigns, newest first, with their segments. Raises BadCursor."""
    rows = (
        Campaign.objects.filter(removed_at=None).select_related("segment").defer("letter", "rules", "blocks")
    )
    return pagination.page(rows, order=NEWEST, cursor=cursor, size=size, salt="campaigns")


def _locked(campaign_id: UUID, *, is_removed_too: bool = False) -> Campaign:
    rows = Campaign.objects.select_for_update().filter(pk=campaign_id)
    row = (rows if is_removed_too else rows.filter(removed_at=None)).first()
    if row is None:
        raise UnknownCampaign(_("There is no such campaign."))
    return row


def _keep(
    campaign: Campaign, written: dict[str, Any], *, segment_id: UUID | None, version: int, at: datetime
) -> list[str]:
    """Write what differs into the row; returns the names of what did."""
    changed = [field for field, value in written.items() if getattr(campaign, field) != value]
    if segment_id != campaign.segment_id:
        changed.append("segment")
    if not changed:
        return changed
    if version != campaign.version:
        raise StaleCampaign(_("Somebody else saved this campaign while you were writing."))
    if "segment" in changed:
        written["segment"] = _segment(segment_id)
    for field, value in written.items():
        setattr(campaign, field, value)
    campaign.version, campaign.changed_at = campaign.version + 1, at
    campaign.save(update_fields=[*changed, "version", "changed_at"])
    return changed


def _named(name: str) -> str:
    text = _one_line(name, _("The name"), most=MAX_NAME_CHARACTERS)
    if not text:
        raise BadDraft(_("Give the campaign a name. Only your team sees it."))
    return text


def _one_line(text: str, what: str, *, most: int = MAX_SUBJECT_CHARACTERS) -> str:
    line = " ".join(text.replace("\0", "").split())  # a line break would end a mail's header
    if len(line) > most:
        raise BadDraft(_("%(what)s has %(most)s characters at most.") % {"what": what, "most": most})
    return line


def _segment(segment_id: UUID | None) -> Segment | None:
    if segment_id is None:
        return None
    row = Segment.objects.filter(pk=segment_id, removed_at=None).first()
    if row is None:
        raise NoSuchAudience(_("That segment is gone. Choose another one."))
    return row


def _blocks(blocks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    if len(blocks) > MAX_BLOCKS:
        raise BadDraft(_("A mail has %(most)s blocks at most.") % {"most": MAX_BLOCKS})
    return [_block(block) for block in blocks]


def _block(block: Mapping[str, Any]) -> dict[str, Any]:
    kind = str(block.get("kind", ""))
    if kind not in FIELDS:
        raise BadDraft(_("There is a block of a kind that we do not know."))
    kept: dict[str, Any] = {"kind": kind}
    for field in FIELDS[kind]:
        kept[field] = _ids(block.get(field)) if field == "ids" else _text(block.get(field))
    return kept


def _text(value: object) -> str:
    text = value.replace("\0", "") if isinstance(value, str) else ""
    if len(text) > MAX_BLOCK_CHARACTERS:
        raise BadDraft(_("A block has %(most)s characters at most.") % {"most": MAX_BLOCK_CHARACTERS})
    return text


def _ids(value: object) -> list[str]:
    given = value if isinstance(value, list | tuple) else []
    try:
        ids = list(dict.fromkeys(str(UUID(str(each))) for each in given))
    except ValueError:
        raise BadDraft(_("A product of this mail is not one of yours.")) from None
    if len(ids) > MAX_PRODUCTS_A_BLOCK:
        raise BadDraft(_("A block shows %(most)s products at most.") % {"most": MAX_PRODUCTS_A_BLOCK})
    return ids


def _record(name: str, campaign: Campaign, *, at: datetime, actor_id: UUID | None, **after: Any) -> None:
    facts.record(name, subject_id=campaign.pk, at=at, actor_id=actor_id, origin="staff", after=after or None)
