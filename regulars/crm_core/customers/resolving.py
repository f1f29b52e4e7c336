"""From an id, be it of a contact that was folded away, to the contact that answers today."""

from uuid import UUID

from django.utils.translation import gettext as _

from regulars.crm_core.customers import identity
from regulars.crm_core.customers.models import Contact, Link, LinkKind
from regulars.platform import errors, tenancy

MAX_MERGES_DEEP = 50
FAMILY = """
    WITH RECURSIVE family AS (
        SELECT id FROM customers_contact WHERE id = %s
        UNION
        SELECT c.id FROM customers_contact c JOIN family f ON c.merged_into_id = f.id
    )
    SELECT id FROM family
"""


class UnknownContact(errors.NotFound):
    code = "unknown_contact"


def resolved(contact: UUID, *, is_locked: bool = False) -> Contact:
    """The contact of this id, or the one it was folded into. Raises UnknownContact.

    ``is_locked`` holds the row to the end of the transaction, so that no merge moves it meanwhile.
    """
    rows = Contact.objects.select_for_update(no_key=True) if is_locked else Contact.objects.all()
    wanted: UUID = contact
    for _merge in range(MAX_MERGES_DEEP):
        row = rows.filter(pk=wanted).first()
        if row is None:
            break
        if row.merged_into_id is None:
            return row
        wanted = row.merged_into_id
    raise UnknownContact(_("There is no such customer."))


def family(contact: UUID) -> list[UUID]:
    """The contact and all that were folded into it, however deep: their notes and words are its own."""
    return [row[0] for row in tenancy.rows(FAMILY, [contact])]


def survivors(contact_ids: set[UUID]) -> set[UUID]:
    """Whoever answers for these contacts now: merges are followed to their end, unknown ids left out."""
    found, asked = set(), set(contact_ids)
    while asked:
        rows = list(Contact.objects.filter(pk__in=asked).values_list("id", "merged_into_id"))
        found |= {own for own, into in rows if into is None}
        asked = {into for _own, into in rows if into is not None} - found
    return found


def answering_to(email: str) -> set[UUID]:
    """Contacts linked to an address, or written down with it; nobody when it is no address."""
    value = identity.email(email)
    if not value:
        return set()
    linked = Link.objects.filter(kind=LinkKind.EMAIL, value=value, undone_at=None)
    # search_text has an index and holds the address; the comparison after it is the exact one.
    written = Contact.objects.filter(search_text__contains=value, email=value)
    return set(linked.values_list("contact_id", flat=True).union(written.values_list("id", flat=True)))
