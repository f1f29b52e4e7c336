"""Launching: from a draft to rows in the ledger. What was launched is frozen; edits cannot reach it."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.integrations.email import audience, campaigns, preflight, senders, sending
from regulars.integrations.email.models import Campaign, CampaignState, Link
from regulars.integrations.email.preflight import Preflight, Problem
from regulars.platform import errors, tenancy
from regulars.platform.facts import facts


class CannotLaunch(errors.Refused):
    """``problems`` says what has to be mended first."""

    status = 422
    code = "cannot_launch"

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(" ".join(problem.words for problem in problems))
        self.problems = problems


class AudienceChanged(errors.Refused):
    """``expected`` people were agreed to, and ``now`` it would be others in number."""

    code = "audience_changed"

    def __init__(self, *, expected: int, now: int) -> None:
        words = ngettext(
            "Nothing was sent: %(now)d person would get this mail now, and it was %(expected)d when you "
            "looked. If that is right, send it again.",
            "Nothing was sent: %(now)d people would get this mail now, and it was %(expected)d when you "
            "looked. If that is right, send it again.",
            now,
        )
        super().__init__(words % {"now": now, "expected": expected})
        self.expected, self.now = expected, now


@tenancy.atomic
def launch(
    *,
    campaign_id: UUID,
    version: int,
    at: datetime,
    expected: int | None = None,
    actor_id: UUID | None = None,
) -> Campaign:
    """Freeze letter, sender, rules and audience, and begin to send.

    ``expected``: how many people whoever launches was told of; None takes as many as there are. Raises
    UnknownCampaign, NotADraft (also for a second launch), StaleCampaign when the draft has changed since
    ``version``, CannotLaunch and AudienceChanged. After a refusal nothing has changed.
    """
    campaign = sending.locked(campaign_id)
    if campaign.removed_at is not None:
        raise campaigns.UnknownCampaign(_("There is no such campaign."))
    if campaign.state != CampaignState.DRAFT:
        raise campaigns.NotADraft(_("This campaign was launched already."))
    if campaign.version != version:
        raise campaigns.StaleCampaign(_("Somebody else saved this campaign while you were looking at it."))
    tenancy.lock("launches")  # whoever comes second counts the first one's mails, too
    found = preflight.of(campaign_id=campaign_id, at=at)
    if found.problems:
        raise CannotLaunch(found.problems)
    many = _freeze(campaign, found, at=at, actor_id=actor_id)
    if expected is not None and many != expected:
        raise AudienceChanged(expected=expected, now=many)
    after = {"recipients": many, "version": version}
    facts.record(
        "campaign.launched", subject_id=campaign.pk, at=at, actor_id=actor_id, origin="staff", after=after
    )
    sending.start(campaign, at=at)
    return campaign


def _freeze(campaign: Campaign, found: Preflight, *, at: datetime, actor_id: UUID | None) -> int:
    segment, letter = campaign.segment, found.letter
    if segment is None or letter is None:  # preflight has refused both
        raise CannotLaunch(found.problems)
    standing = senders.standing()
    campaign.rules, campaign.letter = preflight.rules_of(segment), letter.to_json()
    campaign.from_name, campaign.from_address = standing.from_name, standing.from_address
    campaign.reply_to, campaign.domain = standing.reply_to, standing.domain
    campaign.launched_at, campaign.launched_by = at, actor_id
    campaign.save()
    Link.objects.bulk_create(
        Link(campaign=campaign, position=position, url=url) for position, url in enumerate(letter.links)
    )
    many = audience.freeze(campaign.pk, campaign.rules, only=preflight.only(standing), at=at)
    if not many:  # the last one has refused while we looked
        words = _("Nobody in this segment may be mailed: see below why.")
        raise CannotLaunch([Problem(code="nobody", words=words)])
    return many
