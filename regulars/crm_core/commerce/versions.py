"""Which of two versions of an order holds. Pure: news come late, twice and in any order.

A shop's clock has seconds, so two versions of one second cannot be told apart by it: then the shop is asked,
and what it answers holds.
"""

import hashlib
import json
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from regulars.crm_core.commerce.canonical import Source, TakenOrder

# Ways by which a row comes as it stands at that moment, not as it stood when somebody queued it.
FRESH = frozenset({"fetch", "reconcile", "backfill", "push", "import", "staff"})
# Of these the shop was asked just now: its word on whether the row lives outweighs when we heard it was gone.
ASKED = frozenset({"fetch", "reconcile", "backfill"})


class Verdict(StrEnum):
    NEW = "new"
    APPLY = "changed"
    RESTORE = "restored"
    STALE = "stale"
    UNCHANGED = "unchanged"
    ASK = "ask"


def digest(order: TakenOrder) -> str:
    """Equal for equal content: 1.5 and 1.50 are one amount."""
    return hashlib.sha256(json.dumps(_plain(order), separators=(",", ":")).encode()).hexdigest()


def verdict(
    *,
    told: datetime | None,
    told_hash: str,
    known: datetime | None,
    known_hash: str,
    gone_at: datetime | None,
    source: Source,
) -> Verdict:
    """What to do with a version told, beside the one that is known; ``gone_at``: a tombstone stands there.

    A source without versions is believed in the order it speaks. A tombstone without the shop's own time
    (``gone_at`` is then when we heard) leaves a gap that only the shop can settle.
    """
    if gone_at is not None:
        return _beside_tombstone(told, known=known, gone_at=gone_at, source=source)
    if told is not None and known is not None and told < known:
        return Verdict.STALE
    if told_hash == known_hash:
        # The same content under a newer time still moves the guard.
        return Verdict.UNCHANGED if told is None or told == known else Verdict.APPLY
    if told is not None and told == known and source.origin not in FRESH:
        return Verdict.ASK
    return Verdict.APPLY


def _beside_tombstone(
    told: datetime | None, *, known: datetime | None, gone_at: datetime, source: Source
) -> Verdict:
    if told is None:
        return Verdict.RESTORE if source.origin in ASKED else Verdict.STALE
    if told > gone_at:
        return Verdict.RESTORE
    if known is not None and told < known:
        return Verdict.STALE
    if source.origin in ASKED:
        return Verdict.RESTORE
    return Verdict.STALE if source.origin in FRESH or told == known else Verdict.ASK


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return [_plain(getattr(value, each.name)) for each in fields(value)]
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    if isinstance(value, datetime):
        return value.isoformat()
    return value
