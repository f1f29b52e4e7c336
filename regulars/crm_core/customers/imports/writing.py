"""Some rows of a file into contacts, links, tags and consent, in a handful of statements."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast
from uuid import UUID

from regulars.crm_core.customers import linking
from regulars.crm_core.customers.contacts import MAX_TAGS
from regulars.crm_core.customers.imports.rows import Row
from regulars.crm_core.customers.models import Channel, Consent, Contact
from regulars.platform import tenancy

if TYPE_CHECKING:  # the shapes stand one room higher; ours have the same fields
    from regulars.crm_core.commerce.canonical import Source, TakenCustomer

ORIGIN = "import"
# Django's own bulk statements cost as much as all the rest of an import.
TAG = """
UPDATE customers_contact AS kept SET tags = told.tags
FROM jsonb_to_recordset(%s) AS told (id uuid, tags text[]) WHERE kept.id = told.id
"""
COPY_CONSENT = """
COPY customers_consent (contact_id, channel, is_given, ground, evidence, happened_at) FROM STDIN
"""


@dataclass(frozen=True)
class From:
    """What ``linking`` asks of a source."""

    connection_id: str | None
    origin: str = ORIGIN


class Batch:
    """Rows that are written together. ``connection``: what the ids in ``external_id`` belong to."""

    def __init__(self, rows: Sequence[Row], *, connection: UUID | None, at: datetime) -> None:
        self.rows, self.at = rows, at
        self.source = cast("Source", From(str(connection) if connection else None))
        self.outcomes: dict[UUID, str] = {}

    def write(self) -> Counter[str]:
        """Returns how many rows were new, changed and unchanged."""
        told = cast("Sequence[TakenCustomer]", [row.told for row in self.rows])
        found = linking.find(customers=told, source=self.source, at=self.at, is_profile=True)
        appeared = {contact.pk for contact in found.appeared}
        Contact.objects.filter(pk__in=appeared).update(source=ORIGIN)
        linking.note_suggestions(found, at=self.at)
        meant = [
            (row, contact)
            for row, contact in zip(self.rows, found.contacts, strict=True)
            if contact is not None and contact.redacted_at is None
        ]
        touched = {contact.pk for _row, contact in meant if contact.changed_at == self.at}
        touched |= self._tag(meant) | self._say(meant)
        outcomes = Counter(
            "new" if contact.pk in appeared else "changed" if contact.pk in touched else "unchanged"
            for _row, contact in meant
        )
        outcomes["unchanged"] += len(self.rows) - len(meant)
        return outcomes

    def _tag(self, meant: Iterable[tuple[Row, Contact]]) -> set[UUID]:
        tagged: dict[UUID, Contact] = {}
        for row, contact in meant:
            known = {tag.lower() for tag in contact.tags}
            told = {tag.lower(): tag for tag in reversed(row.tags)}  # of two that differ in case, the first
            wanted = [tag for lower, tag in told.items() if lower not in known]
            if wanted:
                contact.tags = sorted([*contact.tags, *wanted])[:MAX_TAGS]
                tagged[contact.pk] = contact
        if tagged:
            rows = [{"id": str(pk), "tags": contact.tags} for pk, contact in tagged.items()]
            tenancy.execute(TAG, [json.dumps(rows)])
        return set(tagged)

    def _say(self, meant: Iterable[tuple[Row, Contact]]) -> set[UUID]:
        """What was said, once; a refusal without a date is said now, unless one holds already."""
        asked = [(row.word, contact.pk) for row, contact in meant if row.word is not None]
        if not asked:
            return set()
        known: set[tuple[UUID, bool, str, datetime]] = set()
        holds: dict[UUID, bool] = {}
        words = Consent.objects.filter(contact__in={pk for _word, pk in asked}, channel=Channel.EMAIL)
        for each in words.order_by("contact", "-happened_at", "is_given", "-pk"):
            known.add((each.contact_id, each.is_given, each.ground, each.happened_at))
            holds.setdefault(each.contact_id, each.is_given)
        new: set[UUID] = set()
        with tenancy.copied_in(COPY_CONSENT) as put:
            for word, pk in asked:
                if word.happened_at is None and holds.get(pk) is False:
                    continue
                moment = word.happened_at or self.at
                if (pk, word.is_given, word.ground, moment) in known:
                    continue
                known.add((pk, word.is_given, word.ground, moment))
                if word.happened_at is None:
                    holds[pk] = False
                new.add(pk)
                put((pk, Channel.EMAIL.value, word.is_given, word.ground, word.evidence, moment))
        return new
