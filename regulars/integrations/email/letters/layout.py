"""Blocks to MJML, and MJML to the HTML that mail programs show: tables, with the styles in each tag."""

from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from typing import assert_never
from uuid import UUID

import css_inline
from django.utils.translation import gettext as _
from mjml import mjml2html

from regulars.integrations.email.letters import blocks, markdown
from regulars.integrations.email.letters.blocks import Block
from regulars.integrations.email.letters.frame import BadLetter, Frame, ProductCard
from regulars.integrations.email.letters.lines import line
from regulars.integrations.email.letters.marks import PIXEL, UNSUBSCRIBE, Marks, Place

CARDS_IN_A_ROW = 2
MAX_LINE_CHARS = 500
# System fonts only: for its own default, and for Roboto, MJML links to another company's servers, which
# would then know who reads.
FONTS = "-apple-system, 'Segoe UI', 'Helvetica Neue', Arial, 'PingFang SC', 'Microsoft YaHei', sans-serif"
INK, QUIET, LINE, BRAND, PAPER, DESK = "#1c1b1a", "#5c5a56", "#e8e7e4", "#2f55d4", "#ffffff", "#f4f4f2"
HEADING = "margin:0;font-size:24px;line-height:1.25;font-weight:700;"
LOOKS = f"""
    <mj-attributes>
      <mj-all font-family="{FONTS}" color="{INK}" />
      <mj-text font-size="16px" line-height="1.55" padding="8px 32px" />
      <mj-section background-color="{PAPER}" padding="0" />
      <mj-image padding="8px 32px" border-radius="8px" />
      <mj-divider border-width="1px" border-color="{LINE}" padding="16px 32px" />
      <mj-button background-color="{BRAND}" color="#ffffff" border-radius="8px" font-size="16px"
        font-weight="600" inner-padding="13px 24px" padding="12px 32px" align="left" />
    </mj-attributes>"""
# Mail programs give paragraphs and lists margins of their own; ours are inlined.
STYLES = f"""
.words p {{ margin: 0 0 14px; }} .words ul, .words ol {{ margin: 0 0 14px; padding-left: 22px; }}
.words li {{ margin: 0 0 6px; }} .words a {{ color: {BRAND}; }}
.words h1, .words h2, .words h3 {{ margin: 12px 0 8px; line-height: 1.3; }}
.words blockquote {{ margin: 0 0 14px; padding-left: 14px; border-left: 3px solid {LINE}; color: {QUIET}; }}
.foot a {{ color: {QUIET}; }}
"""


def html(
    *,
    subject: str,
    preview_text: str,
    content: Sequence[Block],
    frame: Frame,
    products: Mapping[UUID, ProductCard],
    marks: Marks,
) -> str:
    """The whole page, with marks in it. Raises BadLetter for a product that is not among ``products``."""
    rows = [_head(frame), *_rows(content, products, marks), _foot(frame, marks)]
    source = (
        f'<mjml lang="{escape(frame.language)}"><mj-head><mj-title>{marked(subject, marks)}</mj-title>'
        f"<mj-preview>{marked(preview_text, marks)}</mj-preview>{LOOKS}</mj-head>"
        f'<mj-body background-color="{DESK}">{"".join(rows)}</mj-body></mjml>'
    )
    try:
        return str(_inliner().inline(mjml2html(source)))
    except ValueError:  # words that MJML cannot hold, however escaped
        raise BadLetter(_("This mail holds signs that no mail program could show.")) from None


def marked(words: str, marks: Marks) -> str:
    """Words as HTML, their merge tags as marks."""
    return escape(marks.tagged(line(words, most=MAX_LINE_CHARS)))


def _head(frame: Frame) -> str:
    name = f"<strong>{escape(line(frame.brand))}</strong>" if frame.brand else ""
    return (
        '<mj-section background-color="transparent" padding="12px 0"><mj-column>'
        f'<mj-text font-size="15px" color="{QUIET}">{name}</mj-text></mj-column></mj-section>'
        '<mj-section border-radius="12px 12px 0 0" padding="20px 0 0"><mj-column>'
        '<mj-spacer height="4px" /></mj-column></mj-section>'
    )


def _rows(content: Sequence[Block], products: Mapping[UUID, ProductCard], marks: Marks) -> list[str]:
    """Sections: what stands under each other shares one; cards stand in sections of their own."""
    rows: list[str] = []
    column: list[str] = []
    for block in content:
        if isinstance(block, blocks.Products):
            rows += [_section("".join(column))] if column else []
            rows += _cards(block, products, marks)
            column = []
        else:
            column.append(_element(block, marks))
    return [*rows, *([_section("".join(column))] if column else [])]


def _section(column: str) -> str:
    return f"<mj-section><mj-column>{column}</mj-column></mj-section>"


def _element(block: Block, marks: Marks) -> str:
    match block:
        case blocks.Heading():
            words = marked(block.text, marks)
            return f'<mj-text padding="12px 32px 4px"><h1 style="{HEADING}">{words}</h1></mj-text>'
        case blocks.Text():
            return f'<mj-text css-class="words">{markdown.html(block.markdown, marks)}</mj-text>'
        case blocks.Image():
            href = f' href="{_href(block.link, marks)}"' if block.link else ""
            return f'<mj-image src="{escape(block.url)}" alt="{marked(block.alt, marks)}"{href} />'
        case blocks.Button():
            words = marked(block.text, marks)
            return f'<mj-button href="{_href(block.url, marks)}">{words}</mj-button>'
        case blocks.Divider():
            return "<mj-divider />"
        case blocks.Spacer():
            return '<mj-spacer height="24px" />'
        case blocks.Products():
            raise ValueError("Cards are rows of their own.")
    assert_never(block)


def _cards(block: blocks.Products, products: Mapping[UUID, ProductCard], marks: Marks) -> list[str]:
    cards = chosen(block, products)
    width = "50%" if len(cards) > 1 else "100%"
    rows = [cards[at : at + CARDS_IN_A_ROW] for at in range(0, len(cards), CARDS_IN_A_ROW)]
    return [
        '<mj-section padding="8px 20px">'
        + "".join(_card(card, width, marks) for card in row)
        + "</mj-section>"
        for row in rows
    ]


def _card(card: ProductCard, width: str, marks: Marks) -> str:
    href = _href(card.url, marks) if card.url else ""
    title = f"<strong>{escape(line(card.title))}</strong>"
    if href:
        title = f'<a href="{href}" style="color:{INK};text-decoration:none;">{title}</a>'
    image = ""
    if card.image_url:
        leads = f' href="{href}"' if href else ""
        shown = f'src="{escape(card.image_url)}" alt="{escape(line(card.title))}"'
        image = f'<mj-image padding="8px 12px" {shown}{leads} />'
    words = f'{title}<br /><span style="color:{QUIET};">{escape(line(card.price))}</span>'
    return (
        f'<mj-column width="{width}">{image}'
        f'<mj-text font-size="15px" padding="4px 12px 12px">{words}</mj-text></mj-column>'
    )


def chosen(block: blocks.Products, products: Mapping[UUID, ProductCard]) -> list[ProductCard]:
    """The cards of a block, in its order. Raises BadLetter when one is not there any more."""
    missing = [each for each in block.ids if each not in products]
    if missing:
        raise BadLetter(_("A product in this mail is no longer in the shop: take it out of its block."))
    return [products[each] for each in block.ids]


def _foot(frame: Frame, marks: Marks) -> str:
    unsubscribe = f'<a href="{marks.mark(Place(UNSUBSCRIBE))}">{escape(_("Unsubscribe"))}</a>'
    lines = [escape(_("You receive this e-mail from %(company)s.") % {"company": frame.company})]
    lines += [escape(line(", ".join(frame.postal_address.splitlines()), most=MAX_LINE_CHARS)), unsubscribe]
    return (
        '<mj-section border-radius="0 0 12px 12px" padding="0 0 20px"><mj-column>'
        '<mj-spacer height="4px" /></mj-column></mj-section>'
        '<mj-section background-color="transparent" padding="12px 0 24px"><mj-column>'
        f'<mj-text css-class="foot" font-size="13px" line-height="1.6" color="{QUIET}">'
        f"{'<br />'.join(line for line in lines if line)}{marks.mark(Place(PIXEL))}"
        "</mj-text></mj-column></mj-section>"
    )


def _href(url: str, marks: Marks) -> str:
    return escape(marks.link(url))


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False, extra_css=STYLES)
