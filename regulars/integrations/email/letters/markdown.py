"""Markdown to the HTML and to the plain words of a mail. HTML in it is shown as it was typed."""

from collections.abc import Iterator
from functools import cache

from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.token import Token

from regulars.integrations.email.letters import links
from regulars.integrations.email.letters.frame import BadLetter
from regulars.integrations.email.letters.marks import Marks


def html(source: str, marks: Marks) -> str:
    """Each link becomes a mark; one that leads to another scheme stays the words that were typed."""
    parser = _parser()
    tokens = parser.parse(marks.tagged(source))
    for token in _all(tokens):
        if token.type == "link_open":
            token.attrSet("href", marks.link(_address(token, marks)))
    return str(parser.renderer.render(tokens, parser.options, {}))


def plain(source: str, marks: Marks) -> str:
    """The words alone: links after their words, lists with dashes and numbers, paragraphs apart."""
    lines: list[str] = []
    prefix = ""
    numbers: list[int] = []
    for token in _parser().parse(marks.tagged(source)):
        if token.type == "ordered_list_open":
            numbers.append(int(token.attrGet("start") or 1))
        elif token.type == "bullet_list_open":
            numbers.append(0)
        elif token.type in ("ordered_list_close", "bullet_list_close"):
            numbers.pop()
            prefix = ""
            lines += [""] if not numbers else []
        elif token.type == "list_item_open":
            prefix = "  " * (len(numbers) - 1) + (f"{numbers[-1]}. " if numbers[-1] else "- ")
            numbers[-1] += 1 if numbers[-1] else 0
        elif token.type == "inline":
            lines.append(prefix + _words(token, marks))
            prefix = " " * len(prefix)
        elif token.type in ("paragraph_close", "heading_close") and not numbers:
            prefix = ""
            lines.append("")
        elif token.type in ("fence", "code_block"):
            lines += [token.content.rstrip("\n"), ""]
        elif token.type == "hr":
            lines += ["---", ""]
    return "\n".join(lines).strip("\n")


def _words(inline: Token, marks: Marks) -> str:
    words, addresses = [], []
    for token in inline.children or []:
        if token.type == "link_open":
            addresses.append(marks.link(_address(token, marks)))
        elif token.type == "link_close":
            words.append(f" <{addresses.pop()}>")
        elif token.type in ("softbreak", "hardbreak"):
            words.append("\n")
        else:
            words.append(token.content)
    return "".join(words)


def _address(token: Token, marks: Marks) -> str:
    address = str(token.attrGet("href") or "")
    if marks.holds(address):
        raise BadLetter(_("A link holds no personal values: everybody is led to the same place."))
    return address


def _all(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from token.children or []


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "xhtmlOut": True}).disable("image")
    parser.validateLink = links.is_fine  # type: ignore[method-assign]
    return parser
