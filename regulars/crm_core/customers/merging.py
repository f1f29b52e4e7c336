"""Folding two contacts into one, and undoing it.

A merge moves rows so that each can find its way back: the links of the absorbed contact are undone and said
again of the one that stays (``merge:<absorbed id>``), its orders are pointed to the one that stays and
listed in the fact. Notes, consent and the absorbed row itself stay where they are. Undone in reverse order:
the last merge first. Orders are reached through the relation that commerce declares, so that nothing is
imported upwards.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from regulars.crm_core.customers import consent
from regulars.crm_core.customers.models import Contact, Link, LinkKind
from regulars.crm_core.customers.resolving import UnknownContact
from regulars.platform import errors, tenancy
from regulars.platform.facts import facts
from regulars.platform.facts.models import Fact

MERGED = "contact.merged"
FILLED = ("first_name", "last_name", "name", "email", "phone", "company", "city", "region", "country_code")


class AlreadyMerged(errors.Refused):
    code = "already_merged"


class NotMerged(errors.Refused):
    """There is no merge to undo, or a later one stands in the way."""

    code = "not_merged"


class UnknownLink(errors.NotFound):
    code = "unknown_link"


@tenancy.atomic
def merge(*, keep: UUID, absorb: UUID, at: datetime, actor_id: UUID | None = None) -> Contact:
    """Fold one contact into another; the newest refusal of either side holds for both.

    Fields that are empty on the one that stays are filled from the other, tags are joined. Raises
    UnknownContact when either is missing or both are the same one, and AlreadyMerged when either was folded
    away before.
    """
    # Locked in id order, so that two merges of the same pair cannot wait for each other.
    pair = Contact.objects.select_for_update().order_by("pk").in_bulk([keep, absorb])
    if len(pair) != 2:
        raise UnknownContact(_("Two different customers are needed for a merge."))
    kept, absorbed = pair[keep], pair[absorb]
    if kept.is_merged or absorbed.is_merged:
        raise AlreadyMerged(_("One of these customers has already been merged."))
    undo = _fill(kept, absorbed)
    orders = list(absorbed.orders.values_list("pk", flat=True))
    absorbed.orders.update(contact=kept)
    _move_links(absorbed, kept, at=at)
    absorbed.merged_into = kept
    absorbed.save(update_fields=["merged_into"])
    consent.join(kept=kept, absorbed=absorbed, at=at)
    after = {"absorbed": str(absorbed.pk), "orders": [str(order) for order in orders], **undo}
    facts.record(MERGED, subject_id=kept.pk, at=at, actor_id=actor_id, origin="staff", after=after)
    return kept


@tenancy.atomic
def unmerge(*, contact: UUID, at: datetime, actor_id: UUID | None = None) -> Contact:
    """Take an absorbed contact out again, with its links, its orders and those that came for it since.

    Fields it had filled are emptied unless they changed meanwhile. A refusal that was said to the one
    that stayed holds for both. Raises UnknownContact, and NotMerged when it was not merged or its
    survivor was itself folded away later: that merge is undone first.
    """
    kept_id = Contact.objects.filter(pk=contact).values_list("merged_into", flat=True).first()
    pair = Contact.objects.select_for_update().order_by("pk").in_bulk([contact, kept_id or contact])
    if contact not in pair:
        raise UnknownContact(_("There is no such customer."))
    freed = pair[contact]
    kept = pair.get(freed.merged_into_id) if freed.merged_into_id else None
    facts_of_merge = Fact.objects.filter(name=MERGED, subject_id=kept.pk if kept else contact)
    fact = facts_of_merge.filter(after__absorbed=str(freed.pk)).order_by("-pk").first()
    if kept is None or kept.is_merged or fact is None or freed.redacted_at is not None:
        raise NotMerged(_("This customer is not merged, or a later merge has to be undone first."))
    freed.merged_into = None
    freed.save(update_fields=["merged_into"])
    _move_links_back(freed, kept, merged_at=fact.happened_at, at=at)
    _move_orders_back(freed, kept, fact)
    _unfill(kept, fact.after or {})
    consent.part(kept=kept, freed=freed, merged_at=fact.happened_at, at=at)
    for each in (kept, freed):
        after = {"freed": str(freed.pk), "kept": str(kept.pk)}
        facts.record(
            "contact.unmerged", subject_id=each.pk, at=at, actor_id=actor_id, origin="staff", after=after
        )
    return freed


@tenancy.atomic
def unlink(*, link: int, at: datetime, actor_id: UUID | None = None) -> Contact:
    """An address or shop's id was not this person's: it gets a contact of its own, which is returned.

    Orders that were placed with the address go with it; those of a shop's id follow when the shop next speaks
    of them. Raises UnknownLink for a link that is not there or not in force.
    """
    row = Link.objects.select_for_update().filter(pk=link, undone_at=None).first()
    if row is None:
        raise UnknownLink(_("This link is not in force."))
    was = Contact.objects.select_for_update().get(pk=row.contact_id)
    row.undone_at = at
    row.save(update_fields=["undone_at"])
    address = row.value if row.kind == LinkKind.EMAIL else ""
    made = Contact.objects.create(email=address, source=was.source, appeared_at=at, changed_at=at)
    made.links.create(kind=row.kind, value=row.value, evidence=f"unlinked:{was.pk}", linked_at=at)
    if address:
        was.orders.filter(email__iexact=address).update(contact=made)
        if was.email == address:
            others = was.links.filter(kind=LinkKind.EMAIL, undone_at=None).order_by("linked_at", "pk")
            was.email = others.values_list("value", flat=True).first() or ""
            was.save(update_fields=["email"])
    after = {"link": row.pk, "made": str(made.pk)}
    facts.record("contact.unlinked", subject_id=was.pk, at=at, actor_id=actor_id, origin="staff", after=after)
    facts.record("contact.appeared", subject_id=made.pk, at=at, actor_id=actor_id, origin="staff")
    return made


def _fill(kept: Contact, absorbed: Contact) -> dict[str, Any]:
    """Fills what is empty; returns what is needed to undo it."""
    filled = {name: getattr(absorbed, name) for name in FILLED if not getattr(kept, name)}
    filled = {name: value for name, value in filled.items() if value}
    for name, value in filled.items():
        setattr(kept, name, value)
    known = {word.lower() for word in kept.tags}
    tags = [word for word in absorbed.tags if word.lower() not in known]
    kept.tags = sorted([*kept.tags, *tags])
    appeared_at = kept.appeared_at
    kept.appeared_at = min(kept.appeared_at, absorbed.appeared_at)
    kept.save(update_fields=[*FILLED, "tags", "appeared_at"])
    return {"filled": filled, "tags": tags, "appeared_at": appeared_at.isoformat()}


def _unfill(kept: Contact, undo: dict[str, Any]) -> None:
    for name, value in undo.get("filled", {}).items():
        if getattr(kept, name) == value:
            setattr(kept, name, "")
    kept.tags = [word for word in kept.tags if word not in undo.get("tags", [])]
    if "appeared_at" in undo:
        kept.appeared_at = datetime.fromisoformat(undo["appeared_at"])
    kept.save(update_fields=[*FILLED, "tags", "appeared_at"])


def _move_links(absorbed: Contact, kept: Contact, *, at: datetime) -> None:
    moved = list(absorbed.links.filter(undone_at=None).order_by("pk"))
    absorbed.links.filter(undone_at=None).update(undone_at=at)
    Link.objects.bulk_create(
        Link(contact=kept, kind=link.kind, value=link.value, evidence=f"merge:{absorbed.pk}", linked_at=at)
        for link in moved
    )


def _move_links_back(freed: Contact, kept: Contact, *, merged_at: datetime, at: datetime) -> None:
    """Only those still in force: what was unlinked since stays undone."""
    ours = kept.links.filter(evidence=f"merge:{freed.pk}", undone_at=None)
    values = list(ours.values_list("kind", "value"))
    ours.update(undone_at=at)
    for kind, value in values:
        freed.links.filter(kind=kind, value=value, undone_at=merged_at).update(undone_at=None)


def _move_orders_back(freed: Contact, kept: Contact, fact: Fact) -> None:
    addresses = freed.links.filter(kind=LinkKind.EMAIL, undone_at=None).values_list("value", flat=True)
    since = Q(taken_at__gte=fact.happened_at, email__in=list(addresses))
    kept.orders.filter(Q(pk__in=(fact.after or {}).get("orders", [])) | since).update(contact=freed)
