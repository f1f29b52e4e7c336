"""Reading a shop's history, a page at a time. Rows and the cursor move in one transaction."""

from datetime import datetime
from uuid import UUID

import structlog

from regulars.crm_core.commerce import orders
from regulars.crm_core.commerce.canonical import Source, TakenOrder
from regulars.integrations.shop import connections, sync
from regulars.integrations.shop.connector import CannotAsk, Door, KeysRefused, Kind, Page, Payload, Unreadable
from regulars.integrations.shop.models import Connection, ConnectionState, Cursor
from regulars.platform import tenancy
from regulars.platform.facts import facts

log = structlog.get_logger(__name__)

ORIGIN = "backfill"  # fires no automations: followers look at the origin


def read_page(*, connection_id: UUID, at: datetime) -> bool:
    """Take the next page of the first kind that is not finished; returns whether more is to be read.

    Raises ShopFailed and what calls may raise: the follower is tried again later.
    """
    connection = Connection.objects.filter(pk=connection_id).exclude(state=ConnectionState.REMOVED).first()
    cursor = _next_cursor(connection_id)
    if connection is None or cursor is None:
        return False
    kind, door = Kind(cursor.kind), connection.door()
    try:
        page = _page(connection, door, kind, cursor)
    except (CannotAsk, KeysRefused) as refused:
        _stopped(connection, problem=str(refused), at=at)
        return False
    _take_page(connection, kind, page, at=at)
    return _advanced(connection, cursor, page, at=at)


def _next_cursor(connection_id: UUID) -> Cursor | None:
    rows = Cursor.objects.select_for_update().filter(connection=connection_id, finished_at=None)
    by_kind = {row.kind: row for row in rows}
    return next((by_kind[kind.value] for kind in connections.READ_ORDER if kind.value in by_kind), None)


def _page(connection: Connection, door: Door, kind: Kind, cursor: Cursor) -> Page:
    since = cursor.position.get("changed_after")
    return connections.connector_of(connection.kind).backfill(
        door=door,
        kind=kind,
        position=cursor.position.get("at"),
        changed_after=datetime.fromisoformat(since) if since else None,
    )


def _take_page(connection: Connection, kind: Kind, page: Page, *, at: datetime) -> None:
    source = Source(connection_id=str(connection.pk), origin=ORIGIN)
    connector, door = connections.connector_of(connection.kind), connection.door()
    taken: list[TakenOrder] = []
    for payload in page.rows:
        try:
            if kind is Kind.ORDER:
                row = connector.normalise(door=door, kind=kind, payload=payload)
                if isinstance(row, TakenOrder):
                    taken.append(row)
            else:
                sync.take(connection=connection, kind=kind, payload=payload, origin=ORIGIN, at=at)
        except Unreadable as refused:
            _skipped(connection, payload, problem=str(refused))
    if taken:
        orders.take_many(orders=taken, source=source, at=at)


def _skipped(connection: Connection, payload: Payload, *, problem: str) -> None:
    log.warning("row_not_read", connection=str(connection.pk), row=str(payload.get("id")), problem=problem)


def _advanced(connection: Connection, cursor: Cursor, page: Page, *, at: datetime) -> bool:
    cursor.rows_done += len(page.rows)
    cursor.rows_expected = page.expected_count or cursor.rows_expected
    cursor.position = {**cursor.position, "at": page.position}
    if page.position is None:
        cursor.finished_at = at
    cursor.save(update_fields=["rows_done", "rows_expected", "position", "finished_at"])
    is_more = Cursor.objects.filter(connection=connection, finished_at=None).exists()
    facts.record("shop.reading" if is_more else "shop.read", subject_id=connection.pk, at=at)
    return is_more


def _stopped(connection: Connection, *, problem: str, at: datetime) -> None:
    tenancy.require_atomic()
    Cursor.objects.filter(connection=connection, finished_at=None).update(
        finished_at=at, problem=problem[:300]
    )
    connection.state, connection.problem = ConnectionState.BROKEN, problem[:300]
    connection.save(update_fields=["state", "problem"])
