"""What a mail is written in: a short list of blocks, as the form and the table hold it (JSON)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext as _

from regulars.integrations.email.letters import links
from regulars.platform import errors

MAX_BLOCKS = 60
MAX_HEADING_CHARS = 200
MAX_MARKDOWN_CHARS = 10_000
MAX_PRODUCTS = 12  # in one block


class BadBlocks(errors.Invalid):
    """Not blocks of a mail; ``position`` is the block's, counted from 0, or None for the list itself."""

    code = "bad_blocks"

    def __init__(self, message: str, *, position: int | None = None) -> None:
        super().__init__(message)
        self.position = position


@dataclass(frozen=True, kw_only=True)
class Heading:
    kind: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True, kw_only=True)
class Text:
    kind: ClassVar[str] = "text"
    markdown: str


@dataclass(frozen=True, kw_only=True)
class Image:
    kind: ClassVar[str] = "image"
    url: str
    alt: str = ""
    link: str = ""


@dataclass(frozen=True, kw_only=True)
class Button:
    kind: ClassVar[str] = "button"
    text: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Products:
    kind: ClassVar[str] = "products"
    ids: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class Divider:
    kind: ClassVar[str] = "divider"


@dataclass(frozen=True, kw_only=True)
class Spacer:
    kind: ClassVar[str] = "spacer"


Block = Heading | Text | Image | Button | Products | Divider | Spacer


def parsed(data: object) -> list[Block]:
    """The blocks that JSON holds. Raises BadBlocks, with the position, for anything else."""
    if not isinstance(data, list):
        raise BadBlocks(_("A mail is a list of blocks."))
    if len(data) > MAX_BLOCKS:
        raise BadBlocks(_("A mail holds at most %(most)d blocks.") % {"most": MAX_BLOCKS})
    found: list[Block] = []
    for position, raw in enumerate(data):
        try:
            found.append(_block(raw))
        except ValueError as problem:
            raise BadBlocks(str(problem), position=position) from None
    return found


def written(blocks: list[Block]) -> list[dict[str, Any]]:
    """The JSON of blocks; ``parsed(written(blocks)) == blocks``."""
    rows: list[dict[str, Any]] = []
    for block in blocks:
        fields: dict[str, Any] = {"kind": block.kind, **vars(block)}
        if isinstance(block, Products):
            fields["ids"] = [str(each) for each in block.ids]
        rows.append(fields)
    return rows


def _block(raw: object) -> Block:
    if not isinstance(raw, dict) or not isinstance(raw.get("kind"), str):
        raise ValueError(_("This block has no kind."))
    make = MAKERS.get(raw["kind"])
    if make is None:
        raise ValueError(_("There is no block of this kind."))
    return make(raw)


def _heading(raw: Mapping[str, Any]) -> Block:
    return Heading(text=_words(raw, "text", most=MAX_HEADING_CHARS))


def _text(raw: Mapping[str, Any]) -> Block:
    return Text(markdown=_words(raw, "markdown", most=MAX_MARKDOWN_CHARS, lines=True))


def _image(raw: Mapping[str, Any]) -> Block:
    link = _words(raw, "link", most=links.MAX_URL_CHARS)
    return Image(
        url=links.checked(_words(raw, "url", most=links.MAX_URL_CHARS), schemes=("https",)),
        alt=_words(raw, "alt", most=MAX_HEADING_CHARS),
        link=links.checked(link) if link else "",
    )


def _button(raw: Mapping[str, Any]) -> Block:
    text = _words(raw, "text", most=MAX_HEADING_CHARS)
    if not text:
        raise ValueError(_("A button needs words."))
    return Button(text=text, url=links.checked(_words(raw, "url", most=links.MAX_URL_CHARS)))


def _products(raw: Mapping[str, Any]) -> Block:
    given = raw.get("ids")
    if not isinstance(given, list) or not given:
        raise ValueError(_("Choose at least one product."))
    if len(given) > MAX_PRODUCTS:
        raise ValueError(_("One block shows at most %(most)d products.") % {"most": MAX_PRODUCTS})
    try:
        return Products(ids=tuple(dict.fromkeys(UUID(each) for each in given)))
    except (ValueError, AttributeError, TypeError):
        raise ValueError(_("This is not a product.")) from None


def _words(raw: Mapping[str, Any], name: str, *, most: int, lines: bool = False) -> str:
    value = raw.get(name, "")
    if not isinstance(value, str):
        raise ValueError(_("Words are expected here."))
    # Other control characters have no place in a mail; PostgreSQL takes no NUL.
    kept = "".join(sign for sign in value if sign >= " " or (lines and sign in "\n\t"))
    kept = kept.strip() if not lines else kept.replace("\r\n", "\n").strip("\n")
    if len(kept) > most:
        raise ValueError(_("At most %(most)d characters.") % {"most": most})
    return kept


MAKERS: Mapping[str, Callable[[Mapping[str, Any]], Block]] = {
    "heading": _heading,
    "text": _text,
    "image": _image,
    "button": _button,
    "products": _products,
    "divider": lambda raw: Divider(),
    "spacer": lambda raw: Spacer(),
}
