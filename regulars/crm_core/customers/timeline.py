"""What happened with one customer: orders, refunds, notes, consent and merges as one list, newest first.

One statement a page, whatever the page holds. It reads commerce's tables by name, because a timeline spans
rooms while imports only run downwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.core import signing
from django.utils.translation import gettext as _

from regulars.crm_core.customers import resolving
from regulars.platform import tenancy
from regulars.platform.pagination import BadCursor

MAX_CURSOR_CHARACTERS = 500


class Kind(StrEnum):
    ORDER = "order"
    REFUND = "refund"
    NOTE = "note"
    CONSENT = "consent"
    IDENTITY = "identity"  # merges, and links taken apart


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing that happened. Which fields are filled depends on the kind:

    order: title its number, words its products, status, amount; refund: title the order's number, words the
    reason, amount; note: title its author, words its text; consent: status "yes" or "no", title the channel,
    words the ground; identity: status the fact's name. ``id`` is the order's for orders and refunds.
    """

    kind: Kind
    id: str
    at: datetime
    title: str = ""
    words: str = ""
    status: str = ""
    amount: Decimal | None = None
    currency: str = ""
    key: str


@dataclass(frozen=True)
class Page:
    items: list[Item]
    next: str | None


# Each part is cut to one page before they are joined. Keys are compared byte by byte.
PAST = '(%(at)s::timestamptz IS NULL OR (at, key COLLATE "C") < (%(at)s, %(key)s))'
CUT = 'ORDER BY at DESC, key COLLATE "C" DESC LIMIT %(count)s'
PARTS = {
    Kind.ORDER: """
        SELECT 'order' AS kind, id::text AS id, ordered_at AS at, number AS title,
            (SELECT string_agg(title, ', ' ORDER BY position) FROM commerce_orderline WHERE order_id = o.id)
                AS words,
            status, total AS amount, currency, 'o' || id::text AS key
        FROM commerce_order o WHERE contact_id = ANY(%(family)s) AND gone_at IS NULL""",
    Kind.REFUND: """
        SELECT 'refund', o.id::text, r.refunded_at AS at, o.number, r.reason, '', r.amount, o.currency,
            'r' || lpad(r.id::text, 20, '0') AS key
        FROM commerce_refund r JOIN commerce_order o ON o.id = r.order_id
        WHERE o.contact_id = ANY(%(family)s) AND o.gone_at IS NULL AND r.removed_at IS NULL""",
    Kind.NOTE: """
        SELECT 'note', id::text, written_at AS at, author_name, body, '', NULL::numeric, '',
            'n' || id::text AS key
        FROM customers_note WHERE contact_id = ANY(%(family)s) AND removed_at IS NULL""",
    Kind.CONSENT: """
        SELECT 'consent', id::text, happened_at AS at, channel, ground,
            CASE WHEN is_given THEN 'yes' ELSE 'no' END, NULL::numeric, '',
            'c' || lpad(id::text, 20, '0') AS key
        FROM customers_consent WHERE contact_id = ANY(%(family)s)""",
    Kind.IDENTITY: """
        SELECT 'identity', subject_id::text, happened_at AS at, '', '', name, NULL::numeric, '',
            'i' || lpad(id::text, 20, '0') AS key
        FROM facts_fact WHERE subject_id = ANY(%(family)s)
            AND name IN ('contact.merged', 'contact.unmerged', 'contact.unlinked')""",
}


def of(*, contact: UUID, kinds: Sequence[Kind] = (), cursor: str | None = None, size: int) -> Page:
    """Up to ``size`` items from ``cursor`` on (None: the newest), of these kinds (none named: of all).

    What happened to contacts that were folded into this one is part of it. Raises BadCursor.
    """
    chosen = sorted(set(kinds)) or list(Kind)
    salt = f"timeline|{contact}|{'|'.join(chosen)}"
    at, key = _opened(cursor, salt=salt) if cursor else (None, "")
    values = {"family": resolving.family(contact), "at": at, "key": key, "count": size + 1}
    found = [_item(row) for row in tenancy.rows(_statement(chosen), values)]
    items = found[:size]
    is_more = len(found) > size
    return Page(items, next=_sealed(items[-1], salt=salt) if is_more else None)


def _statement(kinds: Sequence[Kind]) -> str:
    """Made of this module's constants alone; what varies are parameters."""
    columns = "(kind, id, at, title, words, status, amount, currency, key)"
    parts = [
        f"SELECT * FROM (SELECT * FROM ({PARTS[kind]}) AS part{columns} WHERE {PAST} {CUT}) AS cut"  # noqa: S608
        for kind in kinds
    ]
    return f"SELECT * FROM ({' UNION ALL '.join(parts)}) AS whole {CUT}"  # noqa: S608


def _item(row: tuple[Any, ...]) -> Item:
    kind, found_id, at, title, words, status, amount, currency, key = row
    return Item(
        kind=Kind(kind),
        id=found_id,
        at=at,
        title=title,
        words=words or "",
        status=status,
        amount=amount,
        currency=currency,
        key=key,
    )


def _sealed(item: Item, *, salt: str) -> str:
    return signing.dumps([item.at.isoformat(), item.key], salt=salt)


def _opened(cursor: str, *, salt: str) -> tuple[datetime, str]:
    try:
        at, key = signing.loads(cursor[:MAX_CURSOR_CHARACTERS], salt=salt)
    except signing.BadSignature:
        raise BadCursor(
            _("This page link does not belong to this list. Start again from the first page.")
        ) from None
    return datetime.fromisoformat(at), key
