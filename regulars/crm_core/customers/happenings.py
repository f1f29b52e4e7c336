"""What a timeline is made of: one class of item for each kind of row, and how a row of values becomes one."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

Row = dict[str, Any]  # a row's values, with its time as ``moment`` and its key as text in ``id``


class Kind(StrEnum):
    """In this order where two happened at the same moment, the last one on top."""

    LINK = "link"
    MERGE = "merge"
    CONSENT = "consent"
    ORDER = "order"
    REFUND = "refund"
    NOTE = "note"


@dataclass(frozen=True, kw_only=True)
class Item:
    """``id`` is unique within its class: a UUID, or a number as text."""

    id: str
    happened_at: datetime
    kind: Kind


@dataclass(frozen=True, kw_only=True)
class OrderItem(Item):
    number: str
    status: str
    order_kind: str
    total: Decimal
    refunded: Decimal
    currency: str
    connection_id: UUID | None
    is_counted: bool
    is_test: bool
    is_gone: bool


@dataclass(frozen=True, kw_only=True)
class RefundItem(Item):
    order_id: UUID
    number: str
    amount: Decimal
    currency: str
    reason: str
    is_removed: bool  # the shop took the refund itself back


@dataclass(frozen=True, kw_only=True)
class NoteItem(Item):
    body: str
    author_id: UUID | None
    author_name: str


@dataclass(frozen=True, kw_only=True)
class ConsentItem(Item):
    channel: str
    is_given: bool
    ground: str
    evidence: str


@dataclass(frozen=True, kw_only=True)
class LinkItem(Item):
    link_kind: str
    value: str
    evidence: str
    is_undone: bool


@dataclass(frozen=True, kw_only=True)
class MergeItem(Item):
    """``name``: contact.merged, .unmerged, .unlinked or .redacted; ``other_id``: the other one, if any."""

    name: str
    actor_id: UUID | None
    other_id: UUID | None


def order(row: Row) -> Item:
    return OrderItem(
        id=row["id"],
        happened_at=row["moment"],
        kind=Kind.ORDER,
        order_kind=row["kind"],
        is_gone=row["gone_at"] is not None,
        **_picked(
            row, "number", "status", "total", "refunded", "currency", "connection_id", "is_counted", "is_test"
        ),
    )


def refund(row: Row) -> Item:
    return RefundItem(
        id=row["id"],
        happened_at=row["moment"],
        kind=Kind.REFUND,
        number=row["order__number"],
        currency=row["order__currency"],
        is_removed=row["removed_at"] is not None,
        **_picked(row, "order_id", "amount", "reason"),
    )


def note(row: Row) -> Item:
    words = _picked(row, "body", "author_id", "author_name")
    return NoteItem(id=row["id"], happened_at=row["moment"], kind=Kind.NOTE, **words)


def consent(row: Row) -> Item:
    words = _picked(row, "channel", "is_given", "ground", "evidence")
    return ConsentItem(id=row["id"], happened_at=row["moment"], kind=Kind.CONSENT, **words)


def link(row: Row) -> Item:
    return LinkItem(
        id=row["id"],
        happened_at=row["moment"],
        kind=Kind.LINK,
        link_kind=row["kind"],
        is_undone=row["undone_at"] is not None,
        **_picked(row, "value", "evidence"),
    )


def merge(row: Row) -> Item:
    after = row["after"] or {}
    sides = [after.get(name) for name in ("absorbed", "freed", "kept", "made")]
    other = next((side for side in sides if side and side != str(row["subject_id"])), None)
    return MergeItem(
        id=row["id"],
        happened_at=row["moment"],
        kind=Kind.MERGE,
        other_id=UUID(other) if other else None,
        **_picked(row, "name", "actor_id"),
    )


def _picked(row: Row, *names: str) -> Row:
    return {name: row[name] for name in names}
