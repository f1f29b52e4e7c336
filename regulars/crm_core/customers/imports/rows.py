"""One record of a file of customers, checked: who it is, their tags, and what they said about e-mail."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from regulars.crm_core.customers import identity
from regulars.crm_core.customers.consent import MAX_EVIDENCE_CHARACTERS, MAX_GROUND_CHARACTERS
from regulars.crm_core.customers.contacts import MAX_TAG_CHARACTERS, MAX_TAGS
from regulars.crm_core.customers.models import Contact

WORDS = ("first_name", "last_name", "phone", "company", "city", "country_code")
COLUMNS = (
    "email", *WORDS, "tags", "external_id", "consent", "consent_ground", "consent_at", "consent_evidence",
)  # fmt: skip
MAX_EXTERNAL_ID_CHARACTERS = 64
LAST_SECOND = time(23, 59, 59)
YES = frozenset({"yes", "y", "true", "1"})
NO = frozenset({"no", "n", "false", "0"})
DEFAULT_REFUSAL_GROUND = "import"
TAG_MARKS = re.compile("[,;\uff0c\u3001]")
NO_TEXT = re.compile("[\\x00-\\x08\\x0e-\\x1f\\x7f]")
COUNTRY = re.compile("[A-Z]{2}")


class Rejected(Exception):
    """Why a record cannot be taken."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """A customer as the file tells, in the shape in which ``linking`` reads a shop's customers."""

    external_id: str = ""
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    company: str = ""
    city: str = ""
    region: str = ""
    country_code: str = ""
    created_at: datetime | None = None
    changed_at: datetime | None = None
    is_erased: bool = False


@dataclass(frozen=True, kw_only=True)
class Word:
    """What somebody said about e-mail; ``happened_at`` None: a refusal without a date."""

    is_given: bool
    ground: str
    evidence: str
    happened_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Row:
    told: Told
    tags: tuple[str, ...]
    word: Word | None


class Rows:
    """Reads records of one file. ``places``: where each known column stands."""

    def __init__(self, places: Mapping[str, int], *, columns_count: int, zone: str, at: datetime) -> None:
        self.places, self.columns_count, self.zone, self.at = places, columns_count, ZoneInfo(zone), at

    def row(self, cells: list[str]) -> Row:
        """Raises Rejected."""
        if len(cells) != self.columns_count:
            raise Rejected(f"it has {len(cells)} cells, and the first line {self.columns_count}")
        said = {name: cells[place].strip() for name, place in self.places.items()}
        if broken := next((name for name, value in said.items() if NO_TEXT.search(value)), None):
            raise Rejected(f"{broken} holds characters that are no text")
        said.update({name: " ".join(said[name].split()) for name in said if name != "consent_evidence"})
        return Row(told=_told(said), tags=_tags(said.get("tags", "")), word=self._word(said))

    def _word(self, said: dict[str, str]) -> Word | None:
        consent = said.get("consent", "").lower()
        ground, evidence = said.get("consent_ground", ""), said.get("consent_evidence", "")
        when = said.get("consent_at", "")
        if not consent:
            if ground or when:
                raise Rejected("consent is empty beside its ground or date: write yes or no")
            return None
        if consent not in YES | NO:
            raise Rejected(f"consent is {consent[:20]!r}: write yes or no")
        is_given = consent in YES
        if is_given and not ground:
            raise Rejected("consent needs its ground: how you know of it (consent_ground)")
        if is_given and not when:
            raise Rejected("consent needs its date, so that a later refusal holds (consent_at)")
        if len(ground) > MAX_GROUND_CHARACTERS:
            raise Rejected(f"consent_ground is longer than {MAX_GROUND_CHARACTERS} characters")
        if len(evidence) > MAX_EVIDENCE_CHARACTERS:
            raise Rejected(f"consent_evidence is longer than {MAX_EVIDENCE_CHARACTERS:,} characters")
        return Word(
            is_given=is_given,
            ground=ground or DEFAULT_REFUSAL_GROUND,
            evidence=evidence,
            happened_at=self._moment(when, is_given=is_given) if when else None,
        )

    def _moment(self, when: str, *, is_given: bool) -> datetime | None:
        """A day alone counts from its beginning for a yes and to its end for a no: in doubt, a no holds.

        None for a no of today, whose end is still to come: it is said now.
        """
        try:
            if len(when) == len("2026-01-31"):
                day = date.fromisoformat(when)
                begin = self._past(datetime.combine(day, time.min, self.zone))
                end = datetime.combine(day, LAST_SECOND, self.zone)
                return begin if is_given else end if end <= self.at else None
            moment = datetime.fromisoformat(when)
        except (ValueError, OverflowError):
            raise Rejected(
                f"consent_at is {when[:40]!r}: write a day, 2026-01-31, or a time, 2026-01-31T12:00:00+01:00"
            ) from None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=self.zone)
        return self._past(moment)

    def _past(self, moment: datetime) -> datetime:
        if moment > self.at:
            raise Rejected("consent_at is still to come")
        return moment


def _told(said: dict[str, str]) -> Told:
    email, external_id = said.get("email", ""), said.get("external_id", "")
    if not email and not external_id:
        raise Rejected("neither email nor external_id says who this is")
    if email and not identity.email(email):
        raise Rejected(f"{email[:60]!r} is not an e-mail address of a person")
    if len(external_id) > MAX_EXTERNAL_ID_CHARACTERS:
        raise Rejected(f"external_id is longer than {MAX_EXTERNAL_ID_CHARACTERS} characters")
    words: dict[str, Any] = {name: said.get(name, "") for name in WORDS}
    for name, value in words.items():
        longest = getattr(Contact._meta.get_field(name), "max_length", None)
        if name != "country_code" and longest is not None and len(value) > longest:
            raise Rejected(f"{name} is longer than {longest} characters")
    words["country_code"] = words["country_code"].upper()
    if words["country_code"] and not COUNTRY.fullmatch(words["country_code"]):
        raise Rejected("country_code is not two letters, such as DE")
    return Told(external_id=external_id, email=email, **words)


def _tags(cell: str) -> tuple[str, ...]:
    tags = tuple(dict.fromkeys(" ".join(tag.split()) for tag in TAG_MARKS.split(cell) if tag.strip()))
    if len(tags) > MAX_TAGS:
        raise Rejected(f"it has {len(tags)} tags; a customer has at most {MAX_TAGS}")
    if any(len(tag) > MAX_TAG_CHARACTERS for tag in tags):
        raise Rejected(f"a tag is longer than {MAX_TAG_CHARACTERS} characters")
    return tags
