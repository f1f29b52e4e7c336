"""Forgetting who a contact is, and keeping that somebody bought.

The e-mail links are undone and hold a stand-in. A shop's own id keeps leading to the redacted row, so that
late news from before the erasure finds it and brings nothing back; newer news takes the id to a new contact.
"""

from datetime import datetime
from uuid import UUID

from regulars.crm_core.customers import identity, resolving
from regulars.crm_core.customers.models import Contact, Link, LinkKind, Note
from regulars.platform import tenancy
from regulars.platform.facts import facts
from regulars.platform.facts.models import Fact

BLANKED = ("first_name", "last_name", "name", "phone", "company", "city", "region", "country_code")


@tenancy.atomic
def redact(*, contact: UUID, at: datetime, origin: str = "staff", actor_id: UUID | None = None) -> Contact:
    """Empty the person's words in our copy, also in contacts folded into it; safe to repeat.

    Orders follow the fact ``contact.redacted``. Proof of consent stays (a law wants it). What is left
    of a merge is not undone any more. Raises UnknownContact.
    """
    row = resolving.resolved(contact, is_locked=True)
    everybody = resolving.family(row.pk)
    for each in Contact.objects.select_for_update().filter(pk__in=everybody).order_by("pk"):
        for name in BLANKED:
            setattr(each, name, "")
        each.email, each.tags = identity.stand_in(each.pk.hex), []
        each.redacted_at = each.redacted_at or at
        each.changed_at = at
        each.save(update_fields=[*BLANKED, "email", "tags", "redacted_at", "changed_at"])
    _forget_links(everybody, at=at)
    Note.objects.filter(contact__in=everybody).update(body="", removed_at=at)
    Fact.objects.filter(subject_id__in=everybody).update(before=None, after=None)
    facts.record("contact.redacted", subject_id=row.pk, at=at, actor_id=actor_id, origin=origin)
    row.refresh_from_db()
    return row


def _forget_links(contacts: list[UUID], *, at: datetime) -> None:
    links = Link.objects.filter(contact__in=contacts)
    links.filter(kind=LinkKind.EMAIL, undone_at=None).update(undone_at=at)
    for link in links.filter(kind=LinkKind.EMAIL):
        link.value = identity.stand_in(link.pk)
        link.save(update_fields=["value"])
    links.update(evidence="erased")
