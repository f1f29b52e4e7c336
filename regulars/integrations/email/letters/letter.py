"""A mail compiled once, to be merged for each recipient: pieces that are ready for the wire, and slots."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from regulars.integrations.email.letters import layout, links, plain, quoted
from regulars.integrations.email.letters.blocks import Block
from regulars.integrations.email.letters.frame import BadLetter as BadLetter
from regulars.integrations.email.letters.frame import Frame as Frame
from regulars.integrations.email.letters.frame import ProductCard as ProductCard
from regulars.integrations.email.letters.lines import MAX_VALUE_CHARS, line
from regulars.integrations.email.letters.marks import MERGE_TAGS as MERGE_TAGS
from regulars.integrations.email.letters.marks import Marks, Place, Slot, tags

CLIPPED_AT_BYTES = 102 * 1024  # Gmail hides what follows
MAX_HTML_BYTES = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Part:
    """Literals with a slot (its number in the letter) between each two."""

    literals: tuple[str, ...]  # text/html: already quoted-printable; the subject: plain words
    slots: tuple[int, ...]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Part":
        return cls(literals=tuple(data["literals"]), slots=tuple(data["slots"]))


@dataclass(frozen=True, kw_only=True)
class Letter:
    """``links`` are where clicks lead, in the order of a recipient's ``Addresses.links``.

    ``html_bytes`` is the size before encoding, without the values. ``boundary`` parts text and HTML.
    """

    subject_part: Part
    preview_text: str
    text: Part
    html: Part
    slots: tuple[Slot, ...]
    links: tuple[str, ...]
    html_bytes: int
    boundary: str

    @property
    def tags(self) -> frozenset[str]:
        """The merge tags that occur."""
        return tags([slot.place for slot in self.slots])

    @property
    def subject(self) -> str:
        """As it was written, for people."""
        words = [*self.subject_part.literals]
        for place, number in reversed(list(enumerate(self.subject_part.slots, start=1))):
            slot = self.slots[number].place
            words.insert(place, f"{{{{ {slot.name}{'|' + slot.fallback if slot.fallback else ''} }}}}")
        return "".join(words)

    @property
    def is_clipped(self) -> bool:
        """Whether Gmail would hide the end, and with it the footer."""
        return self.html_bytes > CLIPPED_AT_BYTES

    @cached_property
    def literals(self) -> list[bytes]:
        """The body's pieces and, between them, empty places for values; joined they are a multipart body."""
        border = f"--{self.boundary}"
        kind = "Content-Type: {}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        opening = f"{border}\r\n{kind.format('text/plain')}"
        middle = f"\r\n{border}\r\n{kind.format('text/html')}"
        text, html = [*self.text.literals], [*self.html.literals]
        text[0] = opening + text[0]
        joined = [*text[:-1], text[-1] + middle + html[0], *html[1:]]
        joined[-1] += f"\r\n{border}--\r\n"
        pieces = [b""] * (2 * len(joined) - 1)
        pieces[0::2] = [piece.encode("ascii") for piece in joined]
        return pieces

    @cached_property
    def order(self) -> "itemgetter[int]":
        """Takes the values of the body's places out of the list of all slots' values."""
        # Twice the first, so that there are always at least two and a tuple comes out.
        return itemgetter(self.text.slots[0], *self.text.slots, *self.html.slots)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Letter":
        """What ``to_json`` wrote, also after a stay in a table."""
        slots = tuple(Slot(raw["kind"], Place(**raw["place"])) for raw in data["slots"])
        return cls(
            subject_part=Part.from_json(data["subject_part"]),
            preview_text=data["preview_text"],
            text=Part.from_json(data["text"]),
            html=Part.from_json(data["html"]),
            slots=slots,
            links=tuple(data["links"]),
            html_bytes=data["html_bytes"],
            boundary=data["boundary"],
        )


def compiled(
    *,
    subject: str,
    preview_text: str,
    blocks: Sequence[Block],
    frame: Frame,
    products: Mapping[UUID, ProductCard],
) -> Letter:
    """The letter, with the footer that the law wants; its words in the language of the frame.

    Raises BadLetter, with words for the author: a personal value nobody knows or one in a link, a product
    that is gone or leads to another scheme, a mail without a company and a postal address, or one too large.
    """
    _check(frame, products)
    marks = Marks()
    with translation.override(frame.language):
        page = layout.html(
            subject=subject,
            preview_text=preview_text,
            content=blocks,
            frame=frame,
            products=products,
            marks=marks,
        )
        words = plain.text(content=blocks, frame=frame, products=products, marks=marks)
    size = len(marks.found.sub("", page).encode())
    if size > MAX_HTML_BYTES:
        raise BadLetter(_("This mail is larger than %(most)d KB.") % {"most": MAX_HTML_BYTES // 1024})
    slots: dict[Slot, int] = {}
    return Letter(
        subject_part=_part(marks, marks.tagged(line(subject, most=2 * MAX_VALUE_CHARS)), "header", slots),
        preview_text=preview_text,
        text=_part(marks, words, "text", slots),
        html=_part(marks, page, "html", slots),
        slots=tuple(slots),
        links=tuple(marks.links),
        html_bytes=size,
        boundary=f"=_{secrets.token_hex(16)}",  # no encoded line can hold "=_"
    )


def _check(frame: Frame, products: Mapping[UUID, ProductCard]) -> None:
    if not frame.company.strip() or not frame.postal_address.strip():
        raise BadLetter(_("A mail needs your company's name and postal address at its foot."))
    for card in products.values():
        for address, schemes in ((card.url, links.WEB), (card.image_url, ("https",))):
            try:
                if address:
                    links.checked(address, schemes=schemes)
            except links.BadLink as problem:
                raise BadLetter(f"{card.title}: {problem}") from None


def _part(marks: Marks, text: str, kind: str, slots: dict[Slot, int]) -> Part:
    pieces, found = marks.cut(text, kind=kind)
    if kind != "header":
        last = quoted.piece(pieces[-1])
        pieces = [quoted.piece(piece).decode("ascii") for piece in pieces[:-1]]
        pieces.append(last.decode("ascii").removesuffix("=\r\n"))
    return Part(literals=tuple(pieces), slots=tuple(slots.setdefault(slot, len(slots)) for slot in found))
