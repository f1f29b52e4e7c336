"""From a kept delivery, or a page of the shop's history, to our rows."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from regulars.crm_core.commerce import orders, products
from regulars.crm_core.commerce.canonical import Gone, Source, TakenCustomer, TakenOrder, TakenProduct
from regulars.crm_core.customers import contacts
from regulars.integrations.shop import connectors
from regulars.integrations.shop.connector import Change, Connector, Door, Kind, Op, Payload, Taken, Unreadable
from regulars.integrations.shop.models import Connection, ConnectionState
from regulars.platform import inbox, tenancy
from regulars.platform.facts import facts
from regulars.platform.models import Delivery

MAX_ASKS = 3  # how often one delivery may make us ask the shop again before it is tried later

Answers = dict[tuple[Kind, str], Payload | Gone]


class StillMoving(RuntimeError):
    """The row changes faster than we can ask for it: tried again later."""


def apply_delivery(*, delivery_id: UUID, at: datetime) -> str:
    """Read a kept delivery and take what it says; returns the outcome in a word.

    The shop is asked outside any transaction; taking and "done" commit together. Safe to repeat.
    Raises inbox.Hopeless for what nobody can read, and what asking the shop may raise.
    """
    answers: Answers = {}
    for _ in range(MAX_ASKS):
        opened = _opened(delivery_id)
        if opened is None:
            return "done before"
        delivery, raw, connection = opened
        if connection is None:
            return _finished(delivery_id, outcome="connection removed", at=at)
        connector, door = connectors.CONNECTORS[connection.kind], connection.door()
        changes = _changes(connector, door, delivery.headers, raw)
        _ask(connector, door, changes, answers)
        missing = _take_all(delivery_id, connection, changes, answers, at=at)
        if not missing:
            return "taken"
        for kind, external_id in missing:
            answers[kind, external_id] = connector.fetch(door=door, kind=kind, external_id=external_id)
    raise StillMoving("The shop's row changed each time it was asked for.")


def take(
    *, connection: Connection, kind: Kind, payload: Payload | Gone, origin: str, at: datetime
) -> tuple[str, bool]:
    """One row of a shop into ours; returns the outcome and whether the shop must be asked first."""
    connector, door = connectors.CONNECTORS[connection.kind], connection.door()
    source = Source(connection_id=str(connection.pk), origin=origin)
    taken: Taken = (
        payload if isinstance(payload, Gone) else connector.normalise(door=door, kind=kind, payload=payload)
    )
    match taken:
        case TakenOrder():
            outcome = orders.take(order=taken, source=source, at=at).outcome
            return outcome, outcome == "ask"
        case TakenCustomer():
            contacts.take(customer=taken, source=source, at=at)
        case TakenProduct():
            products.take(product=taken, source=source, at=at)
        case Gone():
            return _gone(taken, source=source, at=at), False
    return "taken", False


def _opened(delivery_id: UUID) -> tuple[Delivery, bytes, Connection | None] | None:
    with tenancy.atomic():
        opened = inbox.opened(delivery_id)
        if opened is None:
            return None
        delivery, raw = opened
        rows = Connection.objects.exclude(state=ConnectionState.REMOVED)
        return delivery, raw, rows.filter(pk=delivery.connection_id or UUID(int=0)).first()


def _changes(connector: Connector, door: Door, headers: Mapping[str, str], raw: bytes) -> list[Change]:
    try:
        return connector.parse(door=door, headers=headers, raw=raw)
    except Unreadable as refused:
        raise inbox.Hopeless(str(refused)) from None


def _ask(connector: Connector, door: Door, changes: list[Change], answers: Answers) -> None:
    """What the delivery alone does not settle is asked of the shop, where it can be asked."""
    if not connector.can_ask(door=door):
        return
    for change in changes:
        key = (change.kind, change.external_id)
        if not change.is_certain and change.external_id and key not in answers:
            answers[key] = connector.fetch(door=door, kind=change.kind, external_id=change.external_id)


@tenancy.atomic
def _take_all(
    delivery_id: UUID, connection: Connection, changes: list[Change], answers: Answers, *, at: datetime
) -> list[tuple[Kind, str]]:
    """Take every change and mark the delivery done, or take nothing and return what must be asked first."""
    opened = inbox.opened(delivery_id)
    if opened is None:
        return []
    connector, door = connectors.CONNECTORS[connection.kind], connection.door()
    outcomes = []
    for change in changes:
        key = (change.kind, change.external_id)
        outcome, must_ask = _take_one(connection, change, answers.get(key), at=at)
        if must_ask and connector.can_ask(door=door) and key not in answers:
            return [key]
        outcomes.append(outcome)
    inbox.finish(opened[0], outcome=", ".join(dict.fromkeys(outcomes)) or "nothing to do", at=at)
    Connection.objects.filter(pk=connection.pk).update(last_delivery_at=at)
    if any(change.kind is Kind.ORDER for change in changes):
        Connection.objects.filter(pk=connection.pk).update(last_order_at=at)
    return []


def _take_one(
    connection: Connection, change: Change, answer: Payload | Gone | None, *, at: datetime
) -> tuple[str, bool]:
    if change.op is Op.GONE_SOMEWHERE:
        facts.record("shop.gap_seen", subject_id=connection.pk, at=at, origin=change.kind.value)
        return "reconcile", False
    if answer is not None:
        return take(connection=connection, kind=change.kind, payload=answer, origin="fetch", at=at)
    if change.op is Op.DELETED:
        gone = Gone(kind=change.kind.value, external_id=change.external_id, changed_at=change.changed_at)
        return take(connection=connection, kind=change.kind, payload=gone, origin="webhook", at=at)
    if change.payload is None:
        return "nothing to do", False
    # Of two versions of one second the shop is asked; one that cannot be is believed in the order it speaks.
    can_ask = connectors.CONNECTORS[connection.kind].can_ask(door=connection.door())
    origin = "webhook" if can_ask else "push"
    try:
        return take(connection=connection, kind=change.kind, payload=change.payload, origin=origin, at=at)
    except Unreadable as refused:
        raise inbox.Hopeless(str(refused)) from None


def _gone(gone: Gone, *, source: Source, at: datetime) -> str:
    if gone.kind == Kind.ORDER:
        orders.gone(gone=gone, source=source, at=at)
    elif gone.kind == Kind.PRODUCT:
        products.gone(gone=gone, source=source, at=at)
    elif gone.kind == Kind.CUSTOMER:
        contacts.gone(gone=gone, source=source, at=at)
    return "gone"


@tenancy.atomic
def _finished(delivery_id: UUID, *, outcome: str, at: datetime) -> str:
    opened = inbox.opened(delivery_id)
    if opened is not None:
        inbox.finish(opened[0], outcome=outcome, at=at)
    return outcome
