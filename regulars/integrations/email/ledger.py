"""The statements that move a mail through its states; each names the state it expects, and whose row it is.

``pending -> claimed -> inflight -> sent``. No lock is held while a mail is handed over: a worker that dies
leaves claimed rows, which were provably never sent, and at most one in flight, of which nobody knows.
"""

from datetime import datetime
from uuid import UUID

from regulars.integrations.email import suppression
from regulars.integrations.email.models import Recipient, RecipientState
from regulars.platform import tenancy

State = RecipientState
MAX_REASON_CHARACTERS = 200
HAS_CONSENT = """
    coalesce((SELECT w.is_given FROM customers_consent w
        WHERE w.contact_id = {contact} AND w.channel = 'email'
        ORDER BY w.happened_at DESC, w.is_given, w.id DESC LIMIT 1), false)
"""
IS_SENDING = "EXISTS (SELECT 1 FROM email_campaign k WHERE k.id = r.campaign_id AND k.state = 'sending')"
# People change their minds while a campaign runs, so everybody is judged again here and once more at STEP.
CLAIM = f"""
    WITH free AS (
        SELECT r.id FROM email_recipient r
        WHERE r.campaign_id = %(campaign)s AND r.state = 0 AND {IS_SENDING}
            AND (r.not_before IS NULL OR r.not_before <= %(at)s)
        ORDER BY r.id LIMIT %(most)s FOR UPDATE SKIP LOCKED
    ),
    judged AS (
        SELECT r.id, CASE
            WHEN c.redacted_at IS NOT NULL THEN 'erased'
            WHEN c.merged_into_id IS NOT NULL THEN 'merged'
            WHEN NOT {HAS_CONSENT.format(contact="r.contact_id")} THEN 'refused'
            WHEN {suppression.HASHED.format(address="r.email")} IN
                (SELECT email_hash FROM email_suppression) THEN 'suppressed'
            ELSE '' END AS reason
        FROM free JOIN email_recipient r USING (id) JOIN customers_contact c ON c.id = r.contact_id
    )
    UPDATE email_recipient r SET state = CASE judged.reason WHEN '' THEN 1 ELSE 5 END,
        reason = judged.reason, worker = CASE judged.reason WHEN '' THEN %(worker)s ELSE '' END,
        lease_until = CASE judged.reason WHEN '' THEN %(lease)s::timestamptz END
    FROM judged WHERE r.id = judged.id
"""  # noqa: S608 (constants only)
# The previous mail was accepted, the next one goes out: one statement, so a crash leaves at most one open.
STEP = f"""
    WITH accepted AS (
        UPDATE email_recipient SET state = 3, sent_at = %(at)s, lease_until = NULL, reason = ''
        WHERE id = %(previous)s AND worker = %(worker)s AND state IN (2, 4)
    )
    UPDATE email_recipient r SET state = 2, attempts = r.attempts + 1, lease_until = %(lease)s
    WHERE r.id = %(next)s AND r.worker = %(worker)s AND r.state = 1 AND {IS_SENDING}
        AND {HAS_CONSENT.format(contact="r.contact_id")}
"""  # noqa: S608
SKIP_REFUSED = f"""
    UPDATE email_recipient r SET state = 5, reason = 'refused', worker = '', lease_until = NULL
    WHERE r.id = %(id)s AND r.worker = %(worker)s AND r.state = 1
        AND NOT {HAS_CONSENT.format(contact="r.contact_id")}
"""  # noqa: S608
PUT_BACK = """
    UPDATE email_recipient SET state = 0, attempts = attempts - 1, worker = '', lease_until = NULL,
        reason = %(reason)s
    WHERE id = %(id)s AND worker = %(worker)s AND state = 2
"""
REAP_CLAIMED = """
    UPDATE email_recipient SET state = 0, worker = '', lease_until = NULL
    WHERE state = 1 AND lease_until < %(at)s
"""
REAP_INFLIGHT = """
    UPDATE email_recipient SET state = 4, lease_until = NULL, reason = 'worker_lost'
    WHERE state = 2 AND lease_until < %(at)s
"""  # ``worker`` stays: should it live and hear the server's yes after all, it may still say so


def claim(*, campaign: UUID, worker: str, most: int, at: datetime, lease: datetime) -> list[Recipient]:
    """Take up to ``most`` rows; whoever may not be mailed any more is skipped, with the reason."""
    params = {"campaign": campaign, "worker": worker, "most": most, "at": at, "lease": lease}
    if not tenancy.execute(CLAIM, {**params, **suppression.pads()}):
        return []
    mine = Recipient.objects.filter(campaign=campaign, worker=worker, state=State.CLAIMED)
    return list(mine.select_related("contact").order_by("pk"))


def step(*, accepted: int | None, following: int, worker: str, at: datetime, lease: datetime) -> bool:
    """Note that a mail was accepted, and put the following one in flight; False: do not hand it over."""
    return bool(
        tenancy.execute(
            STEP, {"previous": accepted, "next": following, "worker": worker, "at": at, "lease": lease}
        )
    )


def skip_if_refused(*, row: int, worker: str) -> bool:
    return tenancy.execute(SKIP_REFUSED, {"id": row, "worker": worker}) > 0


def accept(*, row: int, worker: str, at: datetime) -> None:
    """The receiver has it."""
    rows = Recipient.objects.filter(pk=row, worker=worker, state__in=[State.INFLIGHT, State.UNCERTAIN])
    rows.update(state=State.SENT, sent_at=at, lease_until=None, reason="")


def lose(*, row: int, worker: str, reason: str) -> None:
    """The connection broke after the text: it may have been accepted."""
    _leave(row, worker, State.UNCERTAIN, reason=reason)


def refuse(*, row: int, worker: str, reason: str) -> None:
    """The receiver wants it neither now nor later, or it could not even be written."""
    _leave(row, worker, State.REFUSED, reason=reason)


def defer(*, row: int, worker: str, reason: str, not_before: datetime) -> None:
    """Nothing was accepted: once more, later."""
    _leave(row, worker, State.PENDING, reason=reason, not_before=not_before)


def put_back(*, row: int, worker: str, reason: str) -> None:
    """Nobody even heard of this mail, so it was no attempt."""
    tenancy.execute(PUT_BACK, {"id": row, "worker": worker, "reason": reason[:MAX_REASON_CHARACTERS]})


def release(*, worker: str) -> int:
    """Give back what was claimed and not handed over."""
    mine = Recipient.objects.filter(worker=worker, state=State.CLAIMED)
    return mine.update(state=State.PENDING, worker="", lease_until=None)


def reap(*, at: datetime) -> tuple[int, int]:
    """Rows of workers that are silent: claimed ones are free again, those in flight uncertain. How many."""
    return tenancy.execute(REAP_CLAIMED, {"at": at}), tenancy.execute(REAP_INFLIGHT, {"at": at})


def senders(*, at: datetime) -> int:
    """How many workers send for the open tenant just now."""
    leased = Recipient.objects.filter(state__in=[State.CLAIMED, State.INFLIGHT], lease_until__gt=at)
    return leased.values("worker").distinct().count()


def _leave(row: int, worker: str, state: RecipientState, *, reason: str, **more: datetime) -> None:
    left = {"state": state, "lease_until": None, "reason": reason[:MAX_REASON_CHARACTERS], **more}
    mine = Recipient.objects.filter(pk=row, worker=worker, state__in=[State.CLAIMED, State.INFLIGHT])
    mine.update(**left)
