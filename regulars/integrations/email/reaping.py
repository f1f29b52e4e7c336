"""Minding a campaign while it is sent: rows of dead workers, and mails of which nobody knows."""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from regulars.integrations.email import ledger, sending
from regulars.integrations.email.models import CampaignState, Recipient, RecipientState
from regulars.platform import tenancy, wakes
from regulars.platform.facts import facts
from regulars.platform.facts.models import MAX_ATTEMPTS, Reaction

MIND_EVERY = timedelta(seconds=5)  # the sweep over bells adds its own patience
MINDER = "email.mind_campaign"


@tenancy.atomic
def mind(*, campaign_id: UUID, at: datetime) -> None:
    """Free what dead workers held, close the campaign when nothing is open, else look again soon.

    Raises UnknownCampaign.
    """
    campaign = sending.locked(campaign_id)
    ledger.reap(at=at)
    sending.finish_if_done(campaign_id=campaign_id, at=at)
    campaign.refresh_from_db(fields=["state"])
    is_sending = campaign.state == CampaignState.SENDING
    if campaign.state == CampaignState.CANCELLED:  # a server that wanted a mail later will not get it
        put_off = Recipient.objects.filter(campaign=campaign_id, state=RecipientState.PENDING)
        put_off.update(state=RecipientState.SKIPPED, reason="cancelled")
    held = Recipient.objects.filter(
        campaign=campaign_id, state__in=[RecipientState.CLAIMED, RecipientState.INFLIGHT]
    )
    if (is_sending or held.exists()) and not _is_minded_elsewhere(campaign_id):
        facts.record(
            "campaign.sending", subject_id=campaign_id, at=at, origin="minding", due_at=at + MIND_EVERY
        )
    if is_sending:
        tenancy.after_commit(partial(wakes.call, sending.SEND_DUE, tenant=tenancy.current()))


@tenancy.atomic
def settle_uncertain(
    *, campaign_id: UUID, send_again: bool, at: datetime, actor_id: UUID | None = None
) -> int:
    """The owner decides on mails that may or may not have arrived: send them again, or leave them.

    Sending again opens a finished campaign anew. Returns how many. Raises UnknownCampaign.
    """
    campaign = sending.locked(campaign_id)
    unknown = Recipient.objects.filter(campaign=campaign_id, state=RecipientState.UNCERTAIN)
    if not send_again:
        many = unknown.update(state=RecipientState.SKIPPED, reason="uncertain", worker="")
    elif campaign.state in (CampaignState.SENDING, CampaignState.PAUSED, CampaignState.FINISHED):
        many = unknown.update(state=RecipientState.PENDING, reason="", worker="", attempts=0, not_before=None)
        if many and campaign.state == CampaignState.FINISHED:
            sending.start(campaign, at=at)
    else:
        many = 0
    if many:
        after = {"mails": many, "send_again": send_again}
        facts.record(
            "campaign.settled", subject_id=campaign_id, at=at, actor_id=actor_id, origin="staff", after=after
        )
    return many


def _is_minded_elsewhere(campaign_id: UUID) -> bool:
    """Whether another reaction will look: pausing and resuming must not make two that never end."""
    owed = Reaction.objects.filter(
        follower=MINDER, fact__subject_id=campaign_id, done_at=None, attempts__lt=MAX_ATTEMPTS
    )
    return owed.count() > 1  # this one is not done yet either
