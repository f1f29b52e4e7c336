"""Places in a mail that differ for each recipient, marked while it is put together and cut out afterwards.

A mark is a word that neither Markdown, MJML nor the CSS inliner changes, and that nobody can write by
accident or on purpose: it holds a random part that is new for each compilation.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from regulars.integrations.email.letters.frame import BadLetter

MERGE_TAGS = ("first_name", "last_name", "name", "company", "city")
MAX_FALLBACK_CHARS = 60
BRACES = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
A_TAG = re.compile(r"\s*([a-z_]+)\s*(?:\|([^{}|\n]*))?")
LINK, UNSUBSCRIBE, PIXEL = "#link", "#unsubscribe", "#pixel"  # no merge tag begins with this sign


@dataclass(frozen=True)
class Place:
    """``name`` is a merge tag, or one of the three above; ``position`` that of a link."""

    name: str
    fallback: str = ""
    position: int = 0


@dataclass(frozen=True)
class Slot:
    """A place as one part of the mail shows it; ``kind`` (html, url, text, header) says how it is escaped."""

    kind: str
    place: Place


class Marks:
    """The marks of one compilation."""

    def __init__(self) -> None:
        self.nonce = secrets.token_hex(8)
        self.places: list[Place] = []
        self.links: list[str] = []
        self.found = re.compile(f"mark{self.nonce}n([0-9]+)e")

    def tagged(self, words: str) -> str:
        """The words with ``{{ first_name|there }}`` turned into marks.

        Raises BadLetter for braces that hold anything but a known tag: nothing in a mail is computed.
        """
        return BRACES.sub(lambda found: self._tag(found[1]), words)

    def link(self, url: str) -> str:
        """Where a click leads; the same address twice is one link. Links to a mailbox stay as they are."""
        if url.startswith("mailto:"):
            return url
        if url not in self.links:
            self.links.append(url)
        return self.mark(Place(LINK, position=self.links.index(url)))

    def mark(self, place: Place) -> str:
        if place not in self.places:
            self.places.append(place)
        return f"mark{self.nonce}n{self.places.index(place)}e"

    def cut(self, text: str, *, kind: str) -> tuple[list[str], list[Slot]]:
        """The text between the marks, and the slots: one fewer."""
        pieces = self.found.split(text)
        places = [self.places[int(number)] for number in pieces[1::2]]
        is_address = kind == "html"
        slots = [
            Slot("url" if is_address and place.name in (LINK, UNSUBSCRIBE) else kind, place)
            for place in places
        ]
        return pieces[0::2], slots

    def holds(self, text: str) -> bool:
        return self.found.search(text) is not None

    def _tag(self, inside: str) -> str:
        found = A_TAG.fullmatch(inside)
        if found is None or found[1] not in MERGE_TAGS:
            shown = " ".join(inside.split())[:40]
            said = _("“{{ %(tag)s }}” is no personal value. There are: %(tags)s.")
            raise BadLetter(said % {"tag": shown, "tags": ", ".join(MERGE_TAGS)})
        return self.mark(Place(found[1], fallback=(found[2] or "").strip()[:MAX_FALLBACK_CHARS]))


def tags(places: Sequence[Place]) -> frozenset[str]:
    """The merge tags among them."""
    return frozenset(place.name for place in places if place.name in MERGE_TAGS)
