"""The text part: the same blocks, for readers and mail programs that show no HTML."""

from collections.abc import Mapping, Sequence
from typing import assert_never
from uuid import UUID

from django.utils.translation import gettext as _

from regulars.integrations.email.letters import blocks, layout, markdown
from regulars.integrations.email.letters.blocks import Block
from regulars.integrations.email.letters.frame import Frame, ProductCard
from regulars.integrations.email.letters.marks import UNSUBSCRIBE, Marks, Place

RULE = "-" * 40


def text(
    *, content: Sequence[Block], frame: Frame, products: Mapping[UUID, ProductCard], marks: Marks
) -> str:
    """Paragraphs with an empty line between them; ends with the footer and the way out."""
    parts = [_part(block, products, marks) for block in content]
    foot = [
        RULE,
        _("You receive this e-mail from %(company)s.") % {"company": frame.company},
        frame.postal_address,
        _("Unsubscribe: %(address)s") % {"address": marks.mark(Place(UNSUBSCRIBE))},
    ]
    return "\n\n".join([*filter(None, parts), "\n".join(filter(None, foot))]) + "\n"


def _part(block: Block, products: Mapping[UUID, ProductCard], marks: Marks) -> str:
    match block:
        case blocks.Heading():
            return marks.tagged(block.text)
        case blocks.Text():
            return markdown.plain(block.markdown, marks)
        case blocks.Image():
            words = [marks.tagged(block.alt), marks.link(block.link) if block.link else ""]
            return "\n".join(filter(None, words))
        case blocks.Button():
            return f"{marks.tagged(block.text)}: {marks.link(block.url)}"
        case blocks.Products():
            return "\n".join(_card(card, marks) for card in layout.chosen(block, products))
        case blocks.Divider():
            return RULE
        case blocks.Spacer():
            return ""
    assert_never(block)


def _card(card: ProductCard, marks: Marks) -> str:
    words = f"{card.title}, {card.price}" if card.price else card.title
    return f"* {words}: {marks.link(card.url)}" if card.url else f"* {words}"
