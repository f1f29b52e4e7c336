"""What one can do with contacts. Callers write ``contacts.take(...)``, ``contacts.merge(...)``."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext as _

from regulars.crm_core.customers import filling, identity, linking
from regulars.crm_core.customers.merging import (
    AlreadyMerged,
    NotMerged,
    UnknownLink,
    merge,
    unlink,
    unmerge,
)
from regulars.crm_core.customers.models import Contact, ContactQuerySet, Link, LinkKind
from regulars.crm_core.customers.redacting import redact
from regulars.crm_core.customers.resolving import UnknownContact, resolved
from regulars.platform import errors, tenancy
from regulars.platform.facts import facts

if TYPE_CHECKING:
    from regulars.crm_core.commerce.canonical import Gone, Source, TakenCustomer

__all__ = [
    "AddressTaken", "AlreadyMerged", "BadTag", "BadWord", "NoAddress", "NotMerged", "UnknownContact",
    "UnknownLink", "add", "at_address", "describe", "found", "gone", "merge", "redact", "resolved", "tag",
    "take", "unlink", "unmerge", "untag",
]  # fmt: skip

MAX_TAGS = 50
MAX_TAG_CHARACTERS = 40
DESCRIBABLE = (
    "email", "first_name", "last_name", "name", "phone", "company", "city", "region", "country_code",
)  # fmt: skip


class NoAddress(errors.Invalid):
    """Without an address there is nobody to find."""

    code = "no_address"


class AddressTaken(errors.Refused):
    """The address leads to another contact: merge the two instead."""

    code = "address_taken"


class BadTag(errors.Invalid):
    code = "bad_tag"


class BadWord(errors.Invalid):
    """A field of a contact cannot hold this."""

    code = "bad_word"


@tenancy.atomic
def take(*, customer: "TakenCustomer", source: "Source", at: datetime) -> Contact | None:
    """What a shop's own record says of a customer; returns the contact, None when nobody can be found by it.

    Safe to repeat. Blank words say nothing, staff's words stay, older news only fills gaps. A customer whom
    the shop has erased is redacted here, too. Which links join is told in ``linking``.
    """
    found = linking.find(customers=[customer], source=source, at=at, is_profile=True)
    [contact] = found.contacts
    for appeared in found.appeared:
        facts.record("contact.appeared", subject_id=appeared.pk, at=at, origin=source.origin)
    linking.note_suggestions(found, at=at)
    if contact is not None and customer.is_erased and contact.redacted_at is None:
        contact = redact(contact=contact.pk, at=at, origin=source.origin)
    return contact


@tenancy.atomic
def gone(*, gone: "Gone", source: "Source", at: datetime) -> None:
    """The shop deleted an account: its id leads nowhere any more; the person and what they bought stay.

    An erasure is another thing, and told by ``TakenCustomer.is_erased``.
    """
    value = f"{source.connection_id}:{gone.external_id}"
    links = Link.objects.filter(kind=LinkKind.SHOP, value=value, undone_at=None)
    if source.connection_id and links.update(undone_at=at):
        link = Link.objects.filter(kind=LinkKind.SHOP, value=value, undone_at=at).latest("pk")
        facts.record("contact.unlinked", subject_id=link.contact_id, at=at, origin=source.origin)


@tenancy.atomic
def at_address(*, email: str, evidence: str, at: datetime) -> Contact:
    """The one contact that answers to an e-mail address, made when there is none yet.

    ``evidence`` says how we know of the address ("staff", "form:…"). Raises NoAddress for what is none.
    """
    value = identity.email(email)
    if not value:
        raise NoAddress(_("This is not an e-mail address of a person."))
    # Of two at once, the second waits here and then finds what the first has made.
    tenancy.lock("contact", LinkKind.EMAIL, value)
    link = Link.objects.filter(kind=LinkKind.EMAIL, value=value, undone_at=None).first()
    if link is not None:
        return resolved(link.contact_id)
    contact = Contact.objects.create(email=value, source="staff", appeared_at=at, changed_at=at)
    contact.links.create(kind=LinkKind.EMAIL, value=value, evidence=evidence, linked_at=at)
    facts.record("contact.appeared", subject_id=contact.pk, at=at, origin="staff")
    return contact


@tenancy.atomic
def add(*, email: str, at: datetime, actor_id: UUID | None = None, **words: str) -> Contact:
    """A contact that staff write down: an address and any fields in DESCRIBABLE.

    Raises NoAddress for what is no address, AddressTaken when a contact already answers to it, BadWord.
    """
    if Link.objects.filter(kind=LinkKind.EMAIL, value=identity.email(email), undone_at=None).exists():
        raise AddressTaken(_("There already is a customer with this address."))
    contact = at_address(email=email, evidence="staff", at=at)
    said = {name: word for name, word in words.items() if word}
    return describe(contact=contact.pk, words=said, at=at, actor_id=actor_id) if said else contact


@tenancy.atomic
def describe(
    *, contact: UUID, words: Mapping[str, str], at: datetime, actor_id: UUID | None = None
) -> Contact:
    """Staff's edit of the fields in DESCRIBABLE that ``words`` names; from then on no shop overwrites them.

    A new e-mail address is linked, and the earlier ones keep leading here. The name follows first and last
    name unless it is given. Raises UnknownContact, NoAddress, AddressTaken (another contact answers to it),
    and BadWord for an unknown field or a country that is not two letters.
    """
    row = _locked(contact)
    said = _checked(words)
    if "email" in said:
        _answer_to(row, said["email"], at=at)
    before = {name: getattr(row, name) for name in said}
    for name, value in said.items():
        setattr(row, name, value)
    if "name" not in said and said.keys() & {"first_name", "last_name", "company"}:
        name = identity.display_name(first=row.first_name, last=row.last_name, company=row.company)
        row.name = filling.clipped("name", name)
    changed = {name: value for name, value in said.items() if before[name] != value}
    if changed:
        row.changed_at = at
        row.save(update_fields=[*said, "name", "changed_at"])
        was = {name: before[name] for name in changed}
        facts.record(
            filling.DESCRIBED, subject_id=row.pk, at=at, actor_id=actor_id, before=was, after=changed,
            origin="staff",
        )  # fmt: skip
    return row


@tenancy.atomic
def tag(*, contact: UUID, word: str, at: datetime, actor_id: UUID | None = None) -> Contact:
    """Add a tag; one that differs in case only is the same. Raises UnknownContact, BadTag."""
    row, word = _locked(contact), " ".join(word.split())
    if not word or len(word) > MAX_TAG_CHARACTERS:
        raise BadTag(_("A tag has between 1 and %(most)d characters.") % {"most": MAX_TAG_CHARACTERS})
    if word.lower() not in {known.lower() for known in row.tags}:
        if len(row.tags) >= MAX_TAGS:
            raise BadTag(_("A customer has at most %(most)d tags.") % {"most": MAX_TAGS})
        row.tags = sorted([*row.tags, word])
        row.save(update_fields=["tags"])
        after = {"tag": word}
        facts.record("contact.tagged", subject_id=row.pk, at=at, actor_id=actor_id, after=after)
    return row


@tenancy.atomic
def untag(*, contact: UUID, word: str, at: datetime, actor_id: UUID | None = None) -> Contact:
    """Take a tag off; nothing happens when it is not there. Raises UnknownContact."""
    row = _locked(contact)
    rest = [known for known in row.tags if known.lower() != word.strip().lower()]
    if len(rest) < len(row.tags):
        row.tags = rest
        row.save(update_fields=["tags"])
        before = {"tag": word.strip()}
        facts.record("contact.untagged", subject_id=row.pk, at=at, actor_id=actor_id, before=before)
    return row


def found(*, words: str = "", tags: Iterable[str] = ()) -> ContactQuerySet:
    """Live contacts that hold every word and every tag, by name."""
    rows = Contact.objects.live().matching(words.strip())
    if wanted := list(tags):
        rows = rows.filter(tags__contains=wanted)
    return rows.order_by("name", "pk")


def _locked(contact: UUID) -> Contact:
    return resolved(contact, is_locked=True)


def _checked(words: Mapping[str, str]) -> dict[str, str]:
    said: dict[str, str] = {}
    for name, value in words.items():
        if name not in DESCRIBABLE:
            raise BadWord(_("A customer has no field “%(name)s”.") % {"name": name})
        said[name] = filling.clipped(name, value.replace("\x00", ""))
    country = words.get("country_code", "").strip().upper()
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise BadWord(_("A country is written as two letters, such as DE."))
    if "country_code" in said:
        said["country_code"] = country
    if said.get("email"):
        address = identity.email(said["email"])
        if not address:
            raise NoAddress(_("This is not an e-mail address of a person."))
        said["email"] = address
    return said


def _answer_to(contact: Contact, address: str, *, at: datetime) -> None:
    """Link an address that staff gave; the ones known before keep their links."""
    if not address:
        return
    tenancy.lock("contact", LinkKind.EMAIL, address)
    link = Link.objects.filter(kind=LinkKind.EMAIL, value=address, undone_at=None).first()
    if link is None:
        contact.links.create(kind=LinkKind.EMAIL, value=address, evidence="staff", linked_at=at)
    elif link.contact_id != contact.pk:
        raise AddressTaken(_("Another customer already answers to this address. Merge the two instead."))
