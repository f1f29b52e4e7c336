"""Who may be the same person: hints for staff, who decide. Nothing here links anything.

A shared telephone number is such a hint, too: ``insight.lookup`` finds it in any written form.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from regulars.crm_core.customers import resolving
from regulars.crm_core.customers.linking import SUGGESTED
from regulars.crm_core.customers.models import Contact, ContactQuerySet
from regulars.platform.facts.models import Fact

MAX_CANDIDATES = 50  # of one kind looked at


class Because(StrEnum):
    EMAIL = "email"  # used one address, with different ids at the shop
    NAME_AND_CITY = "name_and_city"


@dataclass(frozen=True)
class Suggestion:
    contact: Contact
    because: Because


def of(*, contact: UUID, limit: int = 5) -> Sequence[Suggestion]:
    """Others that may be this person, the strongest hint first. Raises UnknownContact."""
    row = resolving.resolved(contact)
    found: dict[UUID, Suggestion] = {}
    for because, others in (
        (Because.EMAIL, _by_address(row)),
        (Because.NAME_AND_CITY, _by_name(row)),
    ):
        for other in others:
            if other.pk != row.pk:
                found.setdefault(other.pk, Suggestion(other, because))
    return list(found.values())[:limit]


def _by_address(row: Contact) -> list[Contact]:
    ours = Fact.objects.filter(name=SUGGESTED, subject_id=row.pk).order_by("-pk")[:MAX_CANDIDATES]
    theirs = [UUID(fact.after["other"]) for fact in ours if fact.after]
    return list(Contact.objects.live().filter(pk__in=theirs, redacted_at=None).order_by("pk"))


def _by_name(row: Contact) -> list[Contact]:
    if not (row.first_name and row.last_name and row.city):
        return []
    some = _others(row).filter(name__iexact=row.name, city__iexact=row.city)
    return list(some.filter(search_text__contains=row.name.lower()).order_by("pk")[:MAX_CANDIDATES])


def _others(row: Contact) -> ContactQuerySet:
    return Contact.objects.live().filter(redacted_at=None).exclude(pk=row.pk)
