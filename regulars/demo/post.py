"""What a demo shop mails: its segments, the campaigns it has sent, and the one that is still a draft."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Rules = Mapping[str, Any]
Block = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Mailing:
    """A campaign that went out ``days_ago``; shares of those who got it. The last of a shop is its draft."""

    name: str
    subject: str
    preview_text: str
    segment: str
    blocks: Sequence[Block]
    days_ago: int = 0
    opened: float = 0.0
    clicked: float = 0.0
    left: float = 0.0  # unsubscribed
    silent_days: int | None = None  # went to those who had bought once and then nothing for so long


@dataclass(frozen=True, kw_only=True)
class Post:
    """``segments``: name -> rules. ``domain`` is verified in the demo."""

    company: str
    postal_address: str
    from_name: str
    mailbox: str
    domain: str
    language: str
    segments: Mapping[str, Rules]
    mailings: Sequence[Mailing]


def every(*rules: Rules) -> Rules:
    return {"all": list(rules)}


def figure(field: str, how: str, value: object) -> Rules:
    return {"field": field, "is": how, "value": value}


def heading(text: str) -> Block:
    return {"kind": "heading", "text": text}


def text(markdown: str) -> Block:
    return {"kind": "text", "markdown": markdown}


def button(words: str, url: str) -> Block:
    return {"kind": "button", "text": words, "url": url}


def divider() -> Block:
    return {"kind": "divider"}
