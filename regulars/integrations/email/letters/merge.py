"""One recipient's values into a letter: each escaped for the place where it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from regulars.integrations.email.letters import quoted
from regulars.integrations.email.letters.letter import Letter
from regulars.integrations.email.letters.lines import MAX_VALUE_CHARS, line
from regulars.integrations.email.letters.marks import LINK, PIXEL, UNSUBSCRIBE, Slot

KEPT_VALUES = 20_000  # encoded values that come again: names, cities, fallbacks


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """One recipient's own URLs: ``links`` in the order of ``Letter.links``; ``pixel`` may be empty."""

    links: Sequence[str]
    unsubscribe: str
    one_click: str
    pixel: str


def body(letter: Letter, *, values: Mapping[str, str], addresses: Addresses) -> bytes:
    """The multipart body for one recipient. Raises ValueError when addresses for links are missing."""
    if len(addresses.links) != len(letter.links):
        raise ValueError("One address for each link of the letter.")
    made = [_encoded(slot, values, addresses) for slot in letter.slots]
    pieces = letter.literals.copy()
    pieces[1::2] = letter.order(made)[1:]
    return b"".join(pieces)


def subject(letter: Letter, values: Mapping[str, str]) -> str:
    """One line of plain words, whatever the values hold."""
    part = letter.subject_part
    words = [part.literals[0]]
    for number, literal in zip(part.slots, part.literals[1:], strict=True):
        place = letter.slots[number].place
        words += [line(values.get(place.name) or place.fallback), literal]
    return line("".join(words), most=2 * MAX_VALUE_CHARS)


def _encoded(slot: Slot, values: Mapping[str, str], addresses: Addresses) -> bytes:
    place = slot.place
    if place.name == LINK:
        return _address(slot.kind, addresses.links[place.position])
    if place.name == UNSUBSCRIBE:
        return _address(slot.kind, addresses.unsubscribe)
    if place.name == PIXEL:
        return quoted.piece(_pixel(addresses.pixel)) if addresses.pixel else b""
    return _value(slot.kind, values.get(place.name) or place.fallback)


@lru_cache(maxsize=KEPT_VALUES)
def _value(kind: str, value: str) -> bytes:
    plain = line(value)
    return quoted.piece(escape(plain) if kind == "html" else plain)


def _address(kind: str, url: str) -> bytes:
    return quoted.piece(escape(url) if kind == "url" else url)


def _pixel(url: str) -> str:
    return f'<img src="{escape(url)}" width="1" height="1" alt="" style="display:block;border:0;">'
