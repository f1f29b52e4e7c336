"""Billing in words: plans, states, limits and what is used of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.billing import plans, subscriptions
from regulars.billing.states import State
from regulars.billing.surplus import Undone
from regulars.integrations.email.models import Recipient, RecipientState
from regulars.tenants import workspaces
from regulars.web import formats


@dataclass(frozen=True)
class Used:
    """One line of what a plan holds: ``most`` is None without limit."""

    label: str
    used: int
    most: int | None

    @property
    def full(self) -> int:
        """Where the bar ends; 0 without a limit: there is no bar."""
        return 0 if self.most is None else self.most or 1

    @property
    def filled(self) -> int:
        """How far the bar is filled."""
        return min(self.used, self.full)

    @property
    def shown(self) -> str:
        if self.most is None:
            return formats.number(self.used)
        return _("%(used)s of %(most)s") % {
            "used": formats.number(self.used),
            "most": formats.number(self.most),
        }


def plan_name(code: str) -> str:
    return _("Trial") if code == plans.TRIAL else plans.found(code).name


def state(code: str) -> str:
    return {
        State.TRIALING: _("Trial"),
        State.ACTIVE: _("Active"),
        State.PAST_DUE: _("Payment is late"),
        State.RESTRICTED: _("Read-only"),
        State.SUSPENDED: _("Suspended"),
        State.CLOSED: _("Closed"),
    }[State(code)]


def bill_status(code: str) -> str:
    known = {
        "paid": _("Paid"),
        "open": _("Open"),
        "uncollectible": _("Not paid"),
        "void": _("Cancelled"),
        "refunded": _("Refunded"),
    }
    return known.get(code, code)


def undone(each: Undone) -> str:
    """What became of a subscription that was bought twice."""
    words = _("You had subscribed twice: %(plan)s was ended at once on %(day)s. Nothing was charged for it.")
    if each.returned is not None and each.is_credited:
        words = _(
            "You had subscribed twice: %(plan)s was ended at once on %(day)s."
            " The %(amount)s you paid for it come off your next bills."
        )
    elif each.returned is not None:
        words = _(
            "You had subscribed twice: %(plan)s was ended at once on %(day)s."
            " The %(amount)s you paid for it go back to your card."
        )
    amount = formats.money(each.returned.amount, each.returned.currency) if each.returned else ""
    return words % {
        "plan": plan_name(each.plan) if each.plan else _("one subscription"),
        "day": formats.full_day(each.ended_at),
        "amount": amount,
    }


def usage(plan: str, *, tenant: str, at: datetime) -> list[Used]:
    """What the open tenant uses of what its plan holds."""
    holds = plans.holds(plan)
    return [
        Used(_("Contacts"), subscriptions.contacts_used(tenant=tenant), holds.get("contacts", 0)),
        Used(_("Campaign mails this month"), _mails_sent(at=at), holds.get("mails", 0)),
        Used(_("Team members"), len(workspaces.members()), holds.get("members", 0)),
    ]


def _mails_sent(*, at: datetime) -> int:
    """Since the month began in the open tenant's zone."""
    began = at.astimezone(ZoneInfo(workspaces.current().time_zone))
    began = began.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return Recipient.objects.filter(state=RecipientState.SENT, sent_at__gte=began).count()


def limits(holds: Mapping[str, int | None]) -> list[str]:
    """What a plan holds, a line each."""
    lines = []
    if contacts := holds.get("contacts"):
        words = ngettext("%(count)s contact", "%(count)s contacts", contacts)
        lines.append(words % {"count": formats.number(contacts)})
    if mails := holds.get("mails"):
        words = ngettext("%(count)s campaign mail a month", "%(count)s campaign mails a month", mails)
        lines.append(words % {"count": formats.number(mails)})
    if shops := holds.get("shops"):
        lines.append(ngettext("%(count)s shop", "%(count)s shops", shops) % {"count": formats.number(shops)})
    if members := holds.get("members"):
        words = ngettext("%(count)s team member", "%(count)s team members", members)
        lines.append(words % {"count": formats.number(members)})
    if "api" in holds:
        lines.append(_("REST and GraphQL"))
    return lines
