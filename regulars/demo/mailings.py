"""A demo shop's mail: its segments, campaigns that went out and what became of each mail, and a draft.

Past campaigns are written as rows, as launching and reading would have left them: nothing is sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from django.db.models import Count, Max

from regulars.crm_core.commerce.models import Order
from regulars.crm_core.customers.models import Channel, Consent, Contact
from regulars.crm_core.insight import segments
from regulars.crm_core.insight.models import Segment
from regulars.demo.post import Mailing, Post
from regulars.integrations.email import campaigns
from regulars.integrations.email.letters import blocks, letter
from regulars.integrations.email.models import (
    Attribution,
    Campaign,
    CampaignState,
    Link,
    Recipient,
    RecipientState,
    Touch,
)
from regulars.platform import tenancy

PACE = timedelta(milliseconds=120)  # between two mails
WINDOW = timedelta(days=5)  # from a click to an order that counts as its consequence
RULE = "last click, 5 days"
BOUGHT_AFTER_CLICKING = 0.5  # of those who ordered within the window anyway
MACHINES = 0.22  # opened by a mail program ahead of its reader
PERSON, PROGRAM = "Mozilla/5.0 (iPhone)", "Mozilla/5.0"


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What one reader did."""

    opened_at: datetime | None
    clicked_at: datetime | None
    left_at: datetime | None


@tenancy.atomic
def seed(*, post: Post, at: datetime) -> None:
    """Into the open tenant, whose customers and orders must be there; once."""
    if Campaign.objects.exists():
        return
    made = {
        name: segments.save(name=name, rules=dict(rules), at=at, origin="demo")
        for name, rules in post.segments.items()
    }
    random = Random(post.domain)  # noqa: S311 (the same story at each start)
    for mailing in post.mailings[:-1]:
        _went_out(mailing, post=post, segment=made[mailing.segment], at=at, random=random)
    _drafted(post.mailings[-1], segment=made[post.mailings[-1].segment], at=at)


def _drafted(mailing: Mailing, *, segment: Segment, at: datetime) -> Campaign:
    draft = campaigns.make(name=mailing.name, segment_id=segment.pk, at=at)
    return campaigns.save(
        campaign_id=draft.pk,
        version=draft.version,
        name=mailing.name,
        subject=mailing.subject,
        preview_text=mailing.preview_text,
        blocks=[dict(block) for block in mailing.blocks],
        segment_id=segment.pk,
        at=at,
    )


def _went_out(mailing: Mailing, *, post: Post, segment: Segment, at: datetime, random: Random) -> None:
    launched_at = (at - timedelta(days=mailing.days_ago)).replace(hour=8, minute=30, second=0, microsecond=0)
    campaign = _drafted(mailing, segment=segment, at=launched_at - timedelta(hours=20))
    readers = _readers(mailing, at=launched_at)
    link = _as_launched(campaign, post=post, count=len(readers), at=launched_at)
    bought = _bought(at=launched_at)
    fates = [
        _fate(mailing, sent_at=launched_at + PACE * number, bought_at=bought.get(reader.pk), random=random)
        for number, reader in enumerate(readers)
    ]
    rows = Recipient.objects.bulk_create(
        Recipient(
            campaign=campaign,
            contact=reader,
            email=reader.email,
            state=RecipientState.SENT,
            attempts=1,
            sent_at=launched_at + PACE * number,
            opened_at=fate.opened_at,
            clicked_at=fate.clicked_at,
            unsubscribed_at=fate.left_at,
        )
        for number, (reader, fate) in enumerate(zip(readers, fates, strict=True))
    )
    _touched(rows, link=link, random=random)
    _attribute(campaign, at=at)
    for row in rows:
        if row.unsubscribed_at:
            row.contact.say(
                Channel.EMAIL,
                is_given=False,
                ground="unsubscribe link",
                at=row.unsubscribed_at,
                evidence=campaign.name,
            )


def _as_launched(campaign: Campaign, *, post: Post, count: int, at: datetime) -> Link:
    campaign.state = CampaignState.FINISHED
    campaign.rules = campaign.segment.rules if campaign.segment else None
    campaign.from_name, campaign.from_address = post.from_name, f"{post.mailbox}@{post.domain}"
    campaign.letter = _letter(campaign, post=post).to_json()
    campaign.launched_at, campaign.finished_at = at, at + PACE * count
    campaign.save()
    links = letter.Letter.from_json(campaign.letter).links
    made = Link.objects.bulk_create(
        Link(campaign=campaign, position=position, url=url) for position, url in enumerate(links)
    )
    return made[0]


def _letter(campaign: Campaign, *, post: Post) -> letter.Letter:
    return letter.compiled(
        subject=campaign.subject,
        preview_text=campaign.preview_text,
        blocks=blocks.parsed(campaign.blocks),
        frame=letter.Frame(
            company=post.company,
            postal_address=post.postal_address,
            language=post.language,
            brand=post.from_name,
        ),
        products={},
    )


def _readers(mailing: Mailing, *, at: datetime) -> list[Contact]:
    """Who agreed then; of a mailing to the silent, those among them who had bought once, long before."""
    words = Consent.objects.filter(channel=Channel.EMAIL, happened_at__lte=at)
    newest = words.order_by("contact", "-happened_at", "is_given", "-pk").distinct("contact")
    agreed = {word.contact_id for word in newest if word.is_given}
    if mailing.silent_days is not None:
        long_ago = at - timedelta(days=mailing.silent_days)
        orders = Order.objects.filter(is_counted=True, ordered_at__lt=at).exclude(contact=None)
        once = orders.values("contact").annotate(number=Count("pk"), last=Max("ordered_at"))
        agreed &= set(once.filter(number=1, last__lt=long_ago).values_list("contact", flat=True))
    live = Contact.objects.live().filter(pk__in=agreed, appeared_at__lte=at).exclude(email="")
    return list(live.order_by("pk"))


def _bought(*, at: datetime) -> dict[UUID, datetime]:
    """Contact -> the first order within the window after a launch."""
    orders = Order.objects.filter(is_counted=True, ordered_at__gt=at, ordered_at__lt=at + WINDOW)
    rows = orders.exclude(contact=None).order_by("-ordered_at").values_list("contact_id", "ordered_at")
    return {contact: moment for contact, moment in rows if contact is not None}


def _fate(mailing: Mailing, *, sent_at: datetime, bought_at: datetime | None, random: Random) -> Fate:
    is_buyer = bought_at is not None and bought_at > sent_at and random.random() < BOUGHT_AFTER_CLICKING
    is_clicking = is_buyer or random.random() < mailing.clicked
    if not (is_clicking or random.random() < mailing.opened):
        return Fate(opened_at=None, clicked_at=None, left_at=None)
    opened_at = sent_at + timedelta(minutes=random.expovariate(1 / 190) + 2)
    if is_buyer and bought_at is not None:
        opened_at = sent_at + (bought_at - sent_at) * random.uniform(0.2, 0.8)
    clicked_at = opened_at + timedelta(seconds=random.randint(8, 90)) if is_clicking else None
    is_leaving = not is_clicking and random.random() < mailing.left / max(mailing.opened, 0.01)
    return Fate(
        opened_at=opened_at,
        clicked_at=clicked_at,
        left_at=opened_at + timedelta(seconds=40) if is_leaving else None,
    )


def _touched(rows: Sequence[Recipient], *, link: Link, random: Random) -> None:
    touches = []
    for row in rows:
        if random.random() < MACHINES and row.sent_at:
            soon = row.sent_at + timedelta(seconds=random.randint(1, 30))
            touches.append(
                Touch(recipient=row, kind="open", verdict="prefetch", agent=PROGRAM, happened_at=soon)
            )
        if row.opened_at:
            touches.append(
                Touch(recipient=row, kind="open", verdict="human", agent=PERSON, happened_at=row.opened_at)
            )
        if row.clicked_at:
            touches.append(
                Touch(
                    recipient=row,
                    kind="click",
                    link=link,
                    verdict="human",
                    agent=PERSON,
                    happened_at=row.clicked_at,
                )
            )
    Touch.objects.bulk_create(touches)


def _attribute(campaign: Campaign, *, at: datetime) -> None:
    clicks = Touch.objects.filter(recipient__campaign=campaign, kind="click").select_related("recipient")
    by_contact = {touch.recipient.contact_id: touch for touch in clicks}
    orders = Order.objects.filter(is_counted=True, contact__in=by_contact).exclude(contact=None)
    Attribution.objects.bulk_create(
        Attribution(
            order_id=order.pk,
            campaign=campaign,
            recipient=touch.recipient,
            touch=touch,
            rule=RULE,
            touched_at=touch.happened_at,
            decided_at=at,
        )
        for order in orders
        if order.contact_id is not None
        if (touch := by_contact[order.contact_id]).happened_at
        <= order.ordered_at
        < touch.happened_at + WINDOW
    )
