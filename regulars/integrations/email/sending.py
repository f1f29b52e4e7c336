"""Sending a launched campaign: what its owner may do meanwhile, and one worker's turn at it.

The rows of the ledger are the truth, a task is only a wake-up. A turn is short, so that tenants share the
workers; nobody sleeps in one: what has to wait gets a time of its own and is let go.
"""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.utils.translation import gettext as _

from regulars.integrations.email import campaigns
from regulars.integrations.email.models import Campaign, CampaignState, Recipient, RecipientState
from regulars.platform import errors, tenancy, wakes
from regulars.platform.facts import facts
from regulars.tenants import entitlements

SEND_DUE = "email.send_due"  # a task's name, because the task stands above this module
OPEN = (RecipientState.PENDING, RecipientState.CLAIMED, RecipientState.INFLIGHT)
MAX_PROBLEM_CHARACTERS = 300
UNDER_WAY = (CampaignState.SENDING, CampaignState.PAUSED)


class NotUnderWay(errors.Refused):
    """It was not launched yet, or it is over."""

    code = "campaign_not_under_way"


class MailNotAllowed(errors.Refused):
    """The plan holds no campaign mail just now."""

    status = 402
    code = "mail_not_allowed"


@tenancy.atomic
def pause(*, campaign_id: UUID, at: datetime, actor_id: UUID | None = None) -> Campaign:
    """Send nothing more until ``resume``; a mail that is being handed over just now still goes.

    Pausing twice changes nothing. Raises UnknownCampaign and NotUnderWay.
    """
    campaign = _under_way(campaign_id)
    if campaign.state == CampaignState.SENDING:
        _hold(campaign, at=at, actor_id=actor_id, origin="staff")
    return campaign


@tenancy.atomic
def resume(*, campaign_id: UUID, at: datetime, actor_id: UUID | None = None) -> Campaign:
    """Go on with a paused campaign. Raises UnknownCampaign, NotUnderWay and MailNotAllowed."""
    campaign = _under_way(campaign_id)
    if campaign.state == CampaignState.PAUSED:
        if not entitlements.may_mail(tenant=tenancy.current()):
            raise MailNotAllowed(_("Your plan does not hold campaign mails just now."))
        start(campaign, at=at)
        facts.record("campaign.resumed", subject_id=campaign.pk, at=at, actor_id=actor_id, origin="staff")
    return campaign


@tenancy.atomic
def cancel(*, campaign_id: UUID, at: datetime, actor_id: UUID | None = None) -> Campaign:
    """Send nothing more, for good; who has the mail already keeps it. Raises UnknownCampaign, NotUnderWay."""
    campaign = _under_way(campaign_id)
    campaign.state, campaign.finished_at, campaign.problem = CampaignState.CANCELLED, at, ""
    campaign.save(update_fields=["state", "finished_at", "problem"])
    unsent = Recipient.objects.filter(
        campaign=campaign, state__in=[RecipientState.PENDING, RecipientState.CLAIMED]
    )
    unsent.update(state=RecipientState.SKIPPED, reason="cancelled", worker="", lease_until=None)
    facts.record("campaign.cancelled", subject_id=campaign.pk, at=at, actor_id=actor_id, origin="staff")
    return campaign


@tenancy.atomic
def hold(*, campaign_id: UUID, problem: str, at: datetime) -> None:
    """Pause by ourselves, because of a ``problem`` that the owner is told of."""
    campaign = _under_way(campaign_id)
    if campaign.state == CampaignState.SENDING:
        _hold(campaign, at=at, actor_id=None, origin="sending", problem=problem)


@tenancy.atomic
def hold_restored(*, at: datetime) -> None:
    """Pause what was being sent when the open tenant's dump was made: most of it may have gone since."""
    problem = _("The workspace was restored from a backup. Mails that went after it was made would go again.")
    for campaign in Campaign.objects.filter(state=CampaignState.SENDING):
        hold(campaign_id=campaign.pk, problem=problem, at=at)


@tenancy.atomic
def finish_if_done(*, campaign_id: UUID, at: datetime) -> bool:
    """Close a campaign of which every mail has met its fate; returns whether it is closed now."""
    campaign = locked(campaign_id)
    if campaign.state != CampaignState.SENDING:
        return False
    if Recipient.objects.filter(campaign=campaign, state__in=OPEN).exists():
        return False
    campaign.state, campaign.finished_at, campaign.problem = CampaignState.FINISHED, at, ""
    campaign.save(update_fields=["state", "finished_at", "problem"])
    facts.record("campaign.finished", subject_id=campaign.pk, at=at, origin="sending")
    return True


def start(campaign: Campaign, *, at: datetime) -> None:
    """Let senders loose on a campaign whose rows are there, and have it minded, in one transaction."""
    tenancy.require_atomic()
    campaign.state, campaign.paused_at, campaign.problem = CampaignState.SENDING, None, ""
    campaign.finished_at, campaign.server_away_until, campaign.server_away_times = None, None, 0
    fields = ["state", "paused_at", "problem", "finished_at", "server_away_until", "server_away_times"]
    campaign.save(update_fields=fields)
    facts.record("campaign.sending", subject_id=campaign.pk, at=at, origin="sending")
    tenancy.after_commit(partial(wakes.call, SEND_DUE, tenant=tenancy.current()))


def locked(campaign_id: UUID) -> Campaign:
    """The campaign, also a removed one, held to the end of the transaction. Raises UnknownCampaign."""
    row = Campaign.objects.select_for_update(no_key=True).filter(pk=campaign_id).first()
    if row is None:
        raise campaigns.UnknownCampaign(_("There is no such campaign."))
    return row


def _under_way(campaign_id: UUID) -> Campaign:
    campaign = locked(campaign_id)
    if campaign.state not in UNDER_WAY:
        raise NotUnderWay(_("This campaign is not being sent."))
    return campaign


def _hold(campaign: Campaign, *, at: datetime, actor_id: UUID | None, origin: str, problem: str = "") -> None:
    campaign.state, campaign.paused_at = CampaignState.PAUSED, at
    campaign.problem = problem[:MAX_PROBLEM_CHARACTERS]
    campaign.save(update_fields=["state", "paused_at", "problem"])
    facts.record("campaign.paused", subject_id=campaign.pk, at=at, actor_id=actor_id, origin=origin)
