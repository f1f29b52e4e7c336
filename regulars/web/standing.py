"""How a workspace stands with its bill, as the frame of every screen says it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.billing.models import Subscription
from regulars.billing.states import State
from regulars.web import formats

TRIAL_WARNS_AT = timedelta(days=4)
A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Banner:
    kind: str
    words: str
    is_leaving: bool = False


def banner(request: HttpRequest) -> Banner | None:
    """What every screen must say just now; asks the database nothing."""
    membership = getattr(request, "membership", None)
    if membership is None:
        return None
    if due_at := membership.tenant.deletion_due_at:
        words = _("This workspace will be deleted on %(day)s. Its owner can take that back.")
        return Banner("bad", words % {"day": formats.day(due_at, at=timezone.now())}, is_leaving=True)
    row: Subscription | None = getattr(membership.tenant, "subscription", None)
    return told(row, at=timezone.now()) if row is not None else None


def told(row: Subscription, *, at: datetime) -> Banner | None:
    """The banner of a subscription at ``at``."""
    if row.state == State.TRIALING and row.until is not None and row.until - at < TRIAL_WARNS_AT:
        days = days_left(row.until, at=at)
        words = ngettext(
            "Your trial ends in %(days)d day. After that the Free plan goes on.",
            "Your trial ends in %(days)d days. After that the Free plan goes on.",
            days,
        )
        return Banner("info", words % {"days": days})
    if row.state == State.PAST_DUE and row.until is not None:
        words = _(
            "A bill could not be paid. Everything works until %(day)s; then this workspace is read-only."
        )
        return Banner("warn", words % {"day": formats.day(row.until, at=at)})
    if row.state == State.RESTRICTED:
        return Banner(
            "bad", _("Read-only, and no mail goes out, until the bill is paid. Shops go on syncing.")
        )
    if row.state in {State.SUSPENDED, State.CLOSED}:
        return Banner("bad", _("Suspended until the bill is paid. Your data is kept, and can be exported."))
    if row.is_over_limit:
        return Banner(
            "warn", _("You have more contacts than your plan holds: campaigns wait. Orders come in.")
        )
    return None


def days_left(until: datetime, *, at: datetime) -> int:
    """Days that are not over yet: half a day left is one."""
    return max(0, -(-(until - at) // A_DAY))
