"""Openings, clicks and unsubscriptions: what they mean, and whether a person made them.

Mail programs and scanners open and follow everything. A touch gets a verdict when it happens; several links
within moments unmask a scanner afterwards, and its earlier clicks are judged again. No address of the
reader's machine is kept.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Min, Q
from django.utils.translation import gettext as _

from regulars.crm_core.customers import consent, resolving
from regulars.crm_core.customers.models import Channel, Contact
from regulars.integrations.email.models import Link, Recipient, RecipientState, Touch
from regulars.platform import errors, tenancy
from regulars.platform.facts import facts

TOO_SOON = timedelta(seconds=2)  # after the receiver took the mail: nobody reads that fast
BURST = timedelta(seconds=10)
LINKS_IN_A_BURST = 3
MAX_TOUCHES = 200  # kept of one mail
MAX_AGENT_CHARACTERS = 200
GROUND = "unsubscribe link"
# Scanners and programs that give their name; an empty one is none of a browser.
A_BOT = re.compile(
    r"bot\b|crawl|spider|slurp|preview|scan|proofpoint|mimecast|barracuda|safelinks|symantec|trendmicro|"
    r"curl/|wget/|python|java/|go-http|okhttp|libwww|headless|phantom|facebookexternalhit|skypeuri|"
    r"microsoft office|ms-office|existencediscovery",
    re.IGNORECASE,
)
APPLE_PRIVACY = "Mozilla/5.0"  # Mail Privacy Protection fetches under this name alone, whether read or not


class UnknownMail(errors.NotFound):
    code = "unknown_mail"


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """What a request tells of who made it."""

    agent: str
    is_head: bool = False
    is_prefetch: bool = False  # the browser says so (Sec-Purpose)


@tenancy.atomic
def opened(*, recipient: int, visitor: Visitor, at: datetime) -> Touch | None:
    """Note an opening; None when the mail is unknown or has been touched too often already."""
    row = _touchable(recipient, at=at)
    if row is None:
        return None
    verdict = _verdict(row, visitor, at=at)
    if verdict == "human" and visitor.agent.strip() == APPLE_PRIVACY:
        verdict = "prefetch"
    touch = _keep(row, "open", None, verdict, visitor, at=at)
    if verdict == "human" and row.opened_at is None:
        row.opened_at = at
        row.save(update_fields=["opened_at"])
    return touch


@tenancy.atomic
def clicked(*, recipient: int, position: int, visitor: Visitor, at: datetime) -> str:
    """Note a click and return where the link leads. Raises UnknownMail for no such mail or link."""
    found = Recipient.objects.filter(pk=recipient).values_list("campaign", flat=True).first()
    link = Link.objects.filter(campaign=found, position=position).first()
    if link is None:
        raise UnknownMail(_("This link leads nowhere."))
    row = _touchable(recipient, at=at)
    if row is not None:
        verdict = _verdict(row, visitor, at=at)
        if verdict == "human" and _is_a_burst(row, link, at=at):
            verdict = "bot"
        _keep(row, "click", link, verdict, visitor, at=at)
        _judge_clicks(row)
    return link.url


@tenancy.atomic
def unsubscribe(*, recipient: int, how: str, at: datetime) -> Recipient:
    """Whoever got this mail wants no more; ``how`` is kept as evidence. A second time changes nothing.

    The refusal holds for every customer with this address. Raises UnknownMail.
    """
    row = Recipient.objects.select_for_update(no_key=True).filter(pk=recipient).first()
    if row is None:
        raise UnknownMail(_("This link leads nowhere."))
    campaign = row.campaign
    evidence = f"{campaign.name} ({campaign.pk}), {row.email}, {how}"
    for contact in {row.contact_id, *_namesakes(row.email)}:
        if not _has_refused(contact):
            consent.say(
                contact=contact,
                channel=Channel.EMAIL,
                is_given=False,
                ground=GROUND,
                evidence=evidence,
                at=at,
                origin="mail",
            )
    if row.unsubscribed_at is None:
        row.unsubscribed_at = at
        row.save(update_fields=["unsubscribed_at"])
        after = {"campaign": str(campaign.pk)}
        facts.record("mail.unsubscribed", subject_id=row.contact_id, at=at, origin="mail", after=after)
    return row


def known(recipient: int) -> Recipient:
    """The mail behind a token. Raises UnknownMail."""
    row = Recipient.objects.filter(pk=recipient).first()
    if row is None:
        raise UnknownMail(_("This link leads nowhere."))
    return row


def _has_refused(contact: UUID) -> bool:
    newest = consent.standing(contact=resolving.resolved(contact).pk)[Channel.EMAIL]
    return newest.is_known and not newest.is_given


def _namesakes(email: str) -> list[UUID]:
    address = email.lower()
    rows = Contact.objects.live().filter(search_text__contains=address, email__iexact=address)
    return list(rows.values_list("pk", flat=True))


def _touchable(recipient: int, *, at: datetime) -> Recipient | None:
    row = Recipient.objects.select_for_update(no_key=True).filter(pk=recipient).first()
    if row is None or row.touches.count() >= MAX_TOUCHES:
        return None
    if row.state == RecipientState.UNCERTAIN:  # it has arrived after all
        row.state, row.sent_at, row.reason = RecipientState.SENT, at, ""
        row.save(update_fields=["state", "sent_at", "reason"])
    return row


def _verdict(row: Recipient, visitor: Visitor, *, at: datetime) -> str:
    if visitor.is_prefetch:
        return "prefetch"
    if visitor.is_head or not visitor.agent.strip() or A_BOT.search(visitor.agent):
        return "bot"
    if row.sent_at is None or at < row.sent_at + TOO_SOON:
        return "bot"
    return "human"


def _is_a_burst(row: Recipient, link: Link, *, at: datetime) -> bool:
    recent = row.touches.filter(kind="click", happened_at__gt=at - BURST).exclude(link=link)
    if recent.values("link").distinct().count() < LINKS_IN_A_BURST - 1:
        return False
    recent.update(verdict="bot")
    return True


def _judge_clicks(row: Recipient) -> None:
    """The first click of a person, whatever was unmasked since."""
    first = row.touches.aggregate(at=Min("happened_at", filter=Q(kind="click", verdict="human")))["at"]
    if first != row.clicked_at:
        row.clicked_at = first
        row.save(update_fields=["clicked_at"])


def _keep(
    row: Recipient, kind: str, link: Link | None, verdict: str, visitor: Visitor, *, at: datetime
) -> Touch:
    agent = visitor.agent.replace("\0", "")[:MAX_AGENT_CHARACTERS]
    return Touch.objects.create(
        recipient=row, kind=kind, link=link, verdict=verdict, agent=agent, happened_at=at
    )
