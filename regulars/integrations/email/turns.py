"""One worker's turn at the open tenant's campaigns: claim some mails, hand them over one by one, let go.

Between a mail's "in flight" and the receiver's word nothing is known, so nothing is ever sent again blindly
(docs/decisions/0015). Claims and marks commit by themselves, as durable as everything else: a database that
loses its last half second of marks would have us mail people twice.
"""

import os
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.utils.translation import gettext as _

from regulars.integrations.email import ledger, outages, providers, sending, suppression
from regulars.integrations.email.models import Campaign, CampaignState, Recipient, RecipientState
from regulars.integrations.email.provider import MailDeferred, MailLost, MailRefused, MailServerAway, Session
from regulars.integrations.email.writing import Writer
from regulars.platform import errors, ids, tenancy, wakes
from regulars.tenants import entitlements

log = structlog.get_logger(__name__)

AT_A_TIME = 50  # mails claimed together
TURN_SECONDS = 10.0
CLAIM_LEASE = timedelta(minutes=2)  # what was not begun by then, another worker may have
IN_FLIGHT_LEASE = timedelta(minutes=6)  # longer than all answers to one mail are waited for
MAX_SENDERS = 4  # for one tenant at a time; the rest of the workers are for others
RETRY_AFTER = timedelta(minutes=1)  # doubles with each attempt
LONGEST_RETRY = timedelta(hours=1)
MAX_ATTEMPTS = 10  # some five hours
FAILED_IN_A_ROW = 3  # deferred or in doubt: then the server is taken to be away
HARD_BOUNCES = ("5.1.1", "5.1.2", "5.1.10")  # RFC 3463: there is no such mailbox, domain, or it takes no mail


class Turn:
    """``run`` sends until the turn is over; ``clock`` tells the time, because a turn lasts."""

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.worker = f"{os.getpid()}-{ids.new().hex[-12:]}"
        self.began = clock()
        self.failed = 0  # in a row
        self.is_away = False
        self.has_taken = False
        self.writers: dict[UUID, Writer] = {}

    def run(self) -> bool:
        """Returns whether there may be more to send at once."""
        ends = time.monotonic() + TURN_SECONDS
        self.began = self.clock()
        if ledger.senders(at=self.began) >= MAX_SENDERS:
            return False
        try:
            while (campaign := self._next()) is not None:
                if not self._is_allowed(campaign) or not self._session(campaign, ends=ends):
                    return False
                if time.monotonic() >= ends:
                    return True
        finally:
            ledger.release(worker=self.worker)
        return False

    def _next(self) -> Campaign | None:
        """The campaign that waits longest among those with a mail that is due."""
        due = Recipient.objects.filter(state=RecipientState.PENDING)
        due = due.exclude(not_before__gt=self.clock())
        waiting = outages.trying(at=self.clock()).select_related("domain")
        for campaign in waiting.order_by("launched_at", "pk"):
            if due.filter(campaign=campaign).exists():
                return campaign
            sending.finish_if_done(campaign_id=campaign.pk, at=self.clock())
        return None

    def _is_allowed(self, campaign: Campaign) -> bool:
        domain = campaign.domain
        if not entitlements.may_mail(tenant=tenancy.current()):
            problem = _("Your plan does not hold campaign mails just now.")
        elif domain is not None and domain.verified_at is None:
            problem = _("%(domain)s is no longer proved to be yours: receivers would refuse the mails.")
            problem %= {"domain": domain.name}
        else:
            return True
        sending.hold(campaign_id=campaign.pk, problem=problem, at=self.clock())
        return False

    def _session(self, campaign: Campaign, *, ends: float) -> bool:
        """Batches of one campaign on one connection; False when this turn should end at once."""
        with providers.provider().session() as session:
            while time.monotonic() < ends and (rows := self._claimed(campaign)):
                if not self._batch(session, campaign, rows):
                    break
        if self.has_taken and not self.is_away:
            outages.end()
        sending.finish_if_done(campaign_id=campaign.pk, at=self.clock())
        return not self.is_away

    def _claimed(self, campaign: Campaign) -> list[Recipient]:
        at = self.clock()
        rows = ledger.claim(
            campaign=campaign.pk, worker=self.worker, most=AT_A_TIME, at=at, lease=at + CLAIM_LEASE
        )
        if len(rows) == AT_A_TIME:  # enough for another worker
            wakes.call(sending.SEND_DUE, tenant=tenancy.current())
        return rows

    def _batch(self, session: Session, campaign: Campaign, rows: list[Recipient]) -> bool:
        """Hand over what was claimed; False when the campaign is not sending any more or the line broke."""
        accepted: int | None = None
        goes_on = True
        for row in rows:
            message = self._written(campaign, row)
            if message is None:
                continue
            at = self.clock()
            is_mine = ledger.step(
                accepted=accepted, following=row.pk, worker=self.worker, at=at, lease=at + IN_FLIGHT_LEASE
            )
            accepted = None
            if is_mine:
                accepted, goes_on = self._handed_over(session, campaign, row, message)
            elif not ledger.skip_if_refused(row=row.pk, worker=self.worker):
                goes_on = Campaign.objects.filter(pk=campaign.pk, state=CampaignState.SENDING).exists()
            if not goes_on:
                break
        if accepted is not None:
            ledger.accept(row=accepted, worker=self.worker, at=self.clock())
        ledger.release(worker=self.worker)
        return goes_on

    def _written(self, campaign: Campaign, row: Recipient) -> bytes | None:
        if campaign.pk not in self.writers:
            self.writers[campaign.pk] = Writer(campaign)
        try:
            return self.writers[campaign.pk].written(row, at=self.clock())
        except errors.Refused as refused:
            ledger.refuse(row=row.pk, worker=self.worker, reason=str(refused))
            return None

    def _handed_over(
        self, session: Session, campaign: Campaign, row: Recipient, message: bytes
    ) -> tuple[int | None, bool]:
        """The row's number when it was accepted; and whether the line is still good for the next."""
        try:
            session.deliver(sender=self.writers[campaign.pk].return_path(row), to=row.email, message=message)
        except MailServerAway as away:
            if away.knows_mail:
                self._deferred(row, str(away))
            else:
                ledger.put_back(row=row.pk, worker=self.worker, reason=str(away))
            return None, self._goes_on(campaign, str(away), fails=FAILED_IN_A_ROW)
        except MailDeferred as refused:
            self._deferred(row, str(refused))
            return None, self._goes_on(campaign, str(refused))
        except MailLost as lost:
            ledger.lose(row=row.pk, worker=self.worker, reason=str(lost))
            self._goes_on(campaign, str(lost))
            return None, False
        except MailRefused as refused:
            self._refused(row, str(refused))
            accepted = None
        else:
            accepted = row.pk
        self.failed, self.has_taken = 0, True
        return accepted, True

    def _refused(self, row: Recipient, words: str) -> None:
        ledger.refuse(row=row.pk, worker=self.worker, reason=words)
        if any(code in words.split() for code in HARD_BOUNCES):
            suppression.add(email=row.email, reason="bounce", at=self.clock())

    def _deferred(self, row: Recipient, words: str) -> None:
        if row.attempts + 1 >= MAX_ATTEMPTS:
            ledger.refuse(row=row.pk, worker=self.worker, reason=words)
        else:
            wait = min(RETRY_AFTER * 2**row.attempts, LONGEST_RETRY)
            ledger.defer(row=row.pk, worker=self.worker, reason=words, not_before=self.clock() + wait)

    def _goes_on(self, campaign: Campaign, words: str, *, fails: int = 1) -> bool:
        """Count mails that failed; False once the server is taken to be away: all that is left waits."""
        self.failed += fails
        if self.failed < FAILED_IN_A_ROW:
            return True
        self.is_away = True
        log.warning("mail_server_defers", campaign=str(campaign.pk), words=words)
        outages.begin(words=words, since=self.began, at=self.clock())
        return False
