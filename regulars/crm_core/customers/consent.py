"""What contacts agreed to, by channel. Append-only words: the newest holds, and nothing said is a no."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from regulars.crm_core.customers import resolving
from regulars.crm_core.customers.models import Channel, Consent, Contact
from regulars.platform import errors, tenancy
from regulars.platform.facts import facts

MAX_GROUND_CHARACTERS = 200
MAX_EVIDENCE_CHARACTERS = 5_000
MERGE = "merge: "
UNMERGE = "unmerge: "


class NoGround(errors.Invalid):
    """A word without a ground proves nothing."""

    code = "no_ground"


@dataclass(frozen=True)
class Standing:
    """Where a channel stands: the newest word, or none."""

    channel: Channel
    is_given: bool
    ground: str = ""
    evidence: str = ""
    happened_at: datetime | None = None

    @property
    def is_known(self) -> bool:
        return self.happened_at is not None


@tenancy.atomic
def say(
    *,
    contact: UUID,
    channel: Channel,
    is_given: bool,
    ground: str,
    at: datetime,
    happened_at: datetime | None = None,
    evidence: str = "",
    actor_id: UUID | None = None,
    origin: str = "staff",
) -> Standing:
    """Add one word, said at ``happened_at`` (default ``at``; never later), and return what holds now.

    An older word, such as a shop's news from before an unsubscription, is kept and changes nothing.
    Repeating a word adds none. Raises UnknownContact, and NoGround when ``ground`` is blank.
    """
    if not ground.strip():
        raise NoGround(_("Say how you know: a form, a call, a letter."))
    row = resolving.resolved(contact, is_locked=True)
    moment = min(happened_at or at, at)
    word = {"channel": channel, "is_given": is_given, "ground": ground.strip()[:MAX_GROUND_CHARACTERS]}
    if not row.consents.filter(happened_at=moment, **word).exists():
        proof = evidence.strip()[:MAX_EVIDENCE_CHARACTERS]
        row.say(channel, is_given=is_given, ground=str(word["ground"]), at=moment, evidence=proof)
        name = "consent.given" if is_given else "consent.refused"
        after = {"channel": channel.value}
        facts.record(name, subject_id=row.pk, at=at, actor_id=actor_id, origin=origin, after=after)
    return standing(contact=row.pk)[channel]


def standing(*, contact: UUID) -> dict[Channel, Standing]:
    """Every channel and where it stands, in one statement."""
    words = Consent.objects.filter(contact=contact).order_by("channel", "-happened_at", "is_given", "-pk")
    newest = {word.channel: word for word in words.distinct("channel")}
    return {channel: _standing(channel, newest.get(channel)) for channel in Channel}


def said(*, contact: UUID) -> Sequence[Consent]:
    """Every word of the contact and of those folded into it, the newest first."""
    return list(Consent.objects.filter(contact__in=resolving.family(contact)).newest_first())


def join(*, kept: Contact, absorbed: Contact, at: datetime) -> None:
    """In a merge the newest refusal outweighs all consent, also newer one; consent travels under its date."""
    for channel in Channel:
        newest = [_newest(contact, channel) for contact in (kept, absorbed)]
        words = sorted((word for word in newest if word), key=lambda word: word.happened_at)
        refusals = [word for word in words if not word.is_given]
        for word in (refusals or words)[-1:]:
            if word.contact_id != kept.pk or word is not words[-1]:
                moment = word.happened_at if word.is_given else at
                _repeat(kept, word, mark=MERGE, at=moment)


def part(*, kept: Contact, freed: Contact, merged_at: datetime, at: datetime) -> None:
    """Undo what a merge said: each goes back to its own words, but a refusal said since holds for both."""
    for channel in Channel:
        newest = _newest(kept, channel)
        if newest is None:
            continue
        if newest.ground.startswith(MERGE):
            own = (
                kept.consents.filter(channel=channel).exclude(ground__startswith=MERGE).newest_first().first()
            )
            if own is not None:
                _repeat(kept, own, mark=UNMERGE, at=at)
            elif newest.is_given:
                kept.say(channel, is_given=False, ground=f"{UNMERGE}nothing said", at=at)
        elif not newest.is_given and newest.happened_at >= merged_at:
            _repeat(freed, newest, mark=UNMERGE, at=at)


def _newest(contact: Contact, channel: Channel) -> Consent | None:
    return contact.consents.filter(channel=channel).newest_first().first()


def _repeat(contact: Contact, word: Consent, *, mark: str, at: datetime) -> None:
    ground = word.ground.removeprefix(MERGE).removeprefix(UNMERGE)
    contact.say(
        Channel(word.channel),
        is_given=word.is_given,
        ground=f"{mark}{ground}"[:MAX_GROUND_CHARACTERS],
        at=at,
        evidence=word.evidence,
    )


def _standing(channel: Channel, word: Consent | None) -> Standing:
    if word is None:
        return Standing(channel=channel, is_given=False)
    return Standing(
        channel=channel,
        is_given=word.is_given,
        ground=word.ground,
        evidence=word.evidence,
        happened_at=word.happened_at,
    )
