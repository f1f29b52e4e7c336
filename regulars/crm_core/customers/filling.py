"""Which word about a contact holds: what staff wrote, then the newest that a shop said; a blank says nothing.

A shop's own record of a customer (the profile) outweighs what the same person typed on an order: an order
fills in names that are missing, and brings the newer address and phone number.
"""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from regulars.crm_core.customers import identity
from regulars.crm_core.customers.models import Contact
from regulars.platform.facts.models import Fact

if TYPE_CHECKING:
    from regulars.crm_core.commerce.canonical import TakenCustomer

DESCRIBED = "contact.described"  # staff's edits: their ``after`` names the fields
NAMES = ("first_name", "last_name")
PLACE = ("city", "region", "country_code")  # they belong together: half of an old address is none
SAID = (*NAMES, "email", "phone", "company", *PLACE)
OF_AN_ORDER = ("phone", "company")  # besides the place
WRITTEN = (*SAID, "name", "appeared_at", "changed_at")


def new_contact(customer: "TakenCustomer", *, has_shop: bool, told_at: datetime) -> Contact:
    """A contact with everything the customer's words tell; not saved."""
    contact = Contact(
        source="shop" if has_shop else "import",
        appeared_at=min(customer.created_at or told_at, told_at),
        changed_at=told_at,
    )
    for name, value in _words(customer).items():
        setattr(contact, name, value)
    _name(contact)
    return contact


class Filling:
    """Gathers what a batch says of contacts that are known, and writes what holds."""

    def __init__(self, *, is_profile: bool) -> None:
        self.is_profile = is_profile
        self.heard: list[tuple[Contact, dict[str, str], datetime, datetime]] = []

    def add(self, contact: Contact, customer: "TakenCustomer", *, told_at: datetime) -> None:
        words = {name: value for name, value in _words(customer).items() if value}
        self.heard.append((contact, words, told_at, min(customer.created_at or told_at, told_at)))

    def write(self, *, appeared: set[UUID]) -> None:
        """One statement for all that changed; one more where a word of staff's could be in the way."""
        heard = sorted(self.heard, key=lambda each: each[2])
        ours = self._by_staff([each for each in heard if each[0].pk not in appeared])
        changed = {
            contact.pk: contact
            for contact, words, told_at, since in heard
            if self._take(contact, words, told_at, since, kept=ours.get(contact.pk, frozenset()))
        }
        if changed:
            Contact.objects.bulk_update([changed[key] for key in sorted(changed)], WRITTEN)

    def _take(
        self,
        contact: Contact,
        words: dict[str, str],
        told_at: datetime,
        since: datetime,
        *,
        kept: frozenset[str],
    ) -> bool:
        changes = {
            name: value
            for name, value in self._holding(contact, words, told_at).items()
            if name not in kept and value != getattr(contact, name)
        }
        for name, value in changes.items():
            setattr(contact, name, value)
        if changes.keys() & {*NAMES, "company"} and "name" not in kept:
            _name(contact)
        if changes:
            contact.changed_at = max(contact.changed_at, told_at)
        is_older = since < contact.appeared_at
        contact.appeared_at = min(contact.appeared_at, since)
        return bool(changes) or is_older

    def _holding(self, contact: Contact, words: dict[str, str], told_at: datetime) -> dict[str, str]:
        """The words that are to be written, before staff's are looked at."""
        is_newer = told_at >= contact.changed_at
        replaced = SAID if self.is_profile else OF_AN_ORDER
        found = {
            name: value
            for name, value in words.items()
            if name not in PLACE and (not getattr(contact, name) or (is_newer and name in replaced))
        }
        has_place = any(getattr(contact, name) for name in PLACE)
        if words.get("city") and (is_newer or not has_place):
            found.update({name: words.get(name, "") for name in PLACE})
        elif not has_place:
            found.update({name: words[name] for name in PLACE if name in words})
        return found

    def _by_staff(
        self, heard: list[tuple[Contact, dict[str, str], datetime, datetime]]
    ) -> dict[UUID, frozenset[str]]:
        """Which fields staff wrote, asked only where a shop's word would replace something else."""
        disputed = {
            contact.pk
            for contact, words, told_at, _ in heard
            for name, value in self._holding(contact, words, told_at).items()
            if getattr(contact, name) != value
        }
        if not disputed:
            return {}
        edits = Fact.objects.filter(name=DESCRIBED, subject_id__in=disputed).values_list(
            "subject_id", "after"
        )
        found: dict[UUID, frozenset[str]] = {}
        for subject_id, after in edits:
            found[subject_id] = found.get(subject_id, frozenset()) | frozenset(after or {})
        return found


def _words(customer: "TakenCustomer") -> dict[str, str]:
    words = {name: getattr(customer, name) for name in SAID}
    words["email"] = identity.email(customer.email)
    return {name: clipped(name, value) for name, value in words.items()}


def clipped(name: str, value: str) -> str:
    """A word as long as its column, without spaces at its ends."""
    longest = getattr(Contact._meta.get_field(name), "max_length", None)
    return value.strip()[:longest]


def _name(contact: Contact) -> None:
    name = identity.display_name(first=contact.first_name, last=contact.last_name, company=contact.company)
    contact.name = clipped("name", name)
