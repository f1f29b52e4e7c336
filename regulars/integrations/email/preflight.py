"""What is looked at before a launch: what forbids it, what speaks against it, and who would get the mail."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.crm_core.insight import segments
from regulars.crm_core.insight.models import Segment
from regulars.integrations.email import audience, campaigns, composing, results, senders
from regulars.integrations.email.audience import Audience as Audience
from regulars.integrations.email.letters.letter import Letter
from regulars.integrations.email.models import Campaign
from regulars.integrations.email.senders import Standing
from regulars.platform import errors, tenancy
from regulars.tenants import entitlements, workspaces

SENDER_SCREEN = "email_settings:index"
PLAN_SCREEN = "billing:index"
SEGMENTS_SCREEN = "segments:index"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """``code`` for machines, ``words`` for people; ``url_name``: the screen where it is mended, if any."""

    code: str
    words: str
    url_name: str = ""


@dataclass(kw_only=True)
class Preflight:
    """Without ``problems`` it can be launched. ``audience`` is None while nobody can say who is meant."""

    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    audience: Audience | None = None
    letter: Letter | None = None

    def forbid(self, code: str, words: str, url_name: str = "") -> None:
        self.problems.append(Problem(code=code, words=words, url_name=url_name))

    def warn(self, code: str, words: str, url_name: str = "") -> None:
        self.warnings.append(Problem(code=code, words=words, url_name=url_name))


def of(*, campaign_id: UUID, at: datetime) -> Preflight:
    """Look at a draft as it stands; changes nothing. Raises UnknownCampaign."""
    campaign = campaigns.found(campaign_id)
    standing = senders.standing()
    found = Preflight()
    _look_at_sender(found, standing)
    _look_at_letter(found, campaign)
    _look_at_audience(found, campaign.segment, only=only(standing), at=at)
    _look_at_plan(found, at=at)
    return found


def only(standing: Standing) -> list[str] | None:
    """Who alone may be mailed: the team, as long as no domain of the tenant's is verified. None: anybody."""
    if standing.is_verified:
        return None
    return [member.person.email.lower() for member in workspaces.members()]


def rules_of(segment: Segment) -> dict[str, Any]:
    """The segment's rules as they are now."""
    return dict(segment.rules)


def _look_at_sender(found: Preflight, standing: Standing) -> None:
    if not standing.company.strip() or not standing.postal_address.strip():
        found.forbid(
            "no_footer",
            _("The law wants your company's name and postal address at the foot of each mail: enter them."),
            SENDER_SCREEN,
        )
    if not standing.from_address:
        found.forbid("no_sender", _("There is no address to send from: enter one."), SENDER_SCREEN)
    if not standing.is_verified:
        found.warn(
            "domain_not_verified",
            _("Until a domain of yours is verified, only members of your team get this mail."),
            SENDER_SCREEN,
        )
    if not standing.from_name.strip():
        found.warn("no_from_name", _("Readers see no name beside your address: enter one."), SENDER_SCREEN)


def _look_at_letter(found: Preflight, campaign: Campaign) -> None:
    if not campaign.subject.strip():
        found.forbid("no_subject", _("The mail has no subject: write one."))
    if not campaign.blocks:
        found.forbid("no_blocks", _("The mail is empty: add a block."))
        return
    try:
        letter = composing.composed(
            subject=campaign.subject, preview_text=campaign.preview_text, blocks=campaign.blocks
        )
    except errors.Invalid as refused:
        if not any(problem.code == "no_footer" for problem in found.problems):
            found.forbid("letter_broken", str(refused))
        return
    found.letter = letter
    if letter.is_clipped:
        found.warn("too_long", _("Gmail hides the end of mails as long as this one: shorten it."))
    if not campaign.preview_text.strip():
        found.warn("no_preview_text", _("Without a preview text, inboxes show the first words of the mail."))


def _look_at_audience(
    found: Preflight, segment: Segment | None, *, only: list[str] | None, at: datetime
) -> None:
    if segment is None:
        found.forbid("no_segment", _("Nobody is chosen to get it: choose a segment."))
        return
    if segment.removed_at is not None:
        found.forbid("segment_gone", _("The segment was removed: choose another one."), SEGMENTS_SCREEN)
        return
    rules = rules_of(segment)
    if unsound := segments.problems(rules):
        for words in unsound:
            found.forbid("segment_unsound", words, SEGMENTS_SCREEN)
        return
    found.audience = audience.counted(rules, only=only, at=at)
    if not found.audience.mailed:
        found.forbid("nobody", _("Nobody in this segment may be mailed: see below why."))


def _look_at_plan(found: Preflight, *, at: datetime) -> None:
    amount = entitlements.of(tenant=tenancy.current()).get("mails", 0)
    if not entitlements.may_mail(tenant=tenancy.current()):
        found.forbid("no_mail_in_plan", _("Your plan does not hold campaign mails just now."), PLAN_SCREEN)
        return
    if amount is None or found.audience is None:
        return
    left = max(amount - results.mailed_since(moment=_month_began(at)), 0)
    if found.audience.mailed > left:
        words = ngettext(
            "Your plan holds %(left)d more campaign mail this month, and this campaign needs %(needed)d.",
            "Your plan holds %(left)d more campaign mails this month, and this campaign needs %(needed)d.",
            left,
        )
        found.forbid("over_quota", words % {"left": left, "needed": found.audience.mailed}, PLAN_SCREEN)


def _month_began(at: datetime) -> datetime:
    """The first moment of the month in the tenant's calendar."""
    local = at.astimezone(ZoneInfo(workspaces.current().time_zone))
    return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
