"""How each shop of the tenant is doing, as Home and Shops show it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from regulars.crm_core.commerce.models import Import
from regulars.integrations.shop import connections
from regulars.integrations.shop.models import Connection, ConnectionState, Cursor
from regulars.platform import inbox
from regulars.web import formats, words


@dataclass(frozen=True)
class Job:
    """Something that is being read: ``expected`` is 0 while nobody knows."""

    label: str
    words: str
    done: int
    expected: int


@dataclass(frozen=True)
class Card:
    id: UUID
    name: str
    kind: str
    url: str
    state: str
    tone: str
    hue: str
    icon: str
    words: str
    problem: str
    waiting: int
    dead: int
    last_delivery_at: datetime | None
    last_order_at: datetime | None
    readings: list[Job] = field(default_factory=list)


def cards(*, tenant: str, shops: Sequence[Connection], at: datetime) -> list[Card]:
    """One card a shop, in the order given; two statements beside the shops."""
    if not shops:
        return []
    counted = inbox.waiting_by_connection(tenant=tenant)
    readings: dict[UUID, list[Job]] = {}
    for cursor in connections.being_read():
        readings.setdefault(cursor.connection_id, []).append(job(cursor))
    return [_card(shop, counted.get(shop.pk, (0, 0)), readings.get(shop.pk, []), at=at) for shop in shops]


def job(cursor: Cursor, *, shop: str = "") -> Job:
    """How far one kind of rows has been read; ``shop`` is named where several are shown together."""
    label = {
        "product": _("Reading products"),
        "customer": _("Reading customers"),
        "order": _("Reading orders"),
    }.get(cursor.kind, cursor.kind)
    done, expected = cursor.rows_done, cursor.rows_expected or 0
    return Job(
        f"{shop}: {label}" if shop else label,
        _progress(done, expected),
        min(done, expected or done),
        expected,
    )


def import_job(run: Import) -> Job:
    """How far a file has been read."""
    label = _("Importing %(file)s") % {"file": run.file_name}
    return Job(label, _progress(run.rows_read, run.rows_expected or 0), run.rows_read, run.rows_expected or 0)


def _progress(done: int, expected: int) -> str:
    if expected:
        return _("%(done)s of %(all)s") % {"done": formats.number(done), "all": formats.number(expected)}
    return _("%(done)s so far") % {"done": formats.number(done)}


def _card(shop: Connection, counts: tuple[int, int], readings: list[Job], *, at: datetime) -> Card:
    waiting, dead = counts
    state, tone, hue, icon = _state(shop, dead=dead, is_read=bool(readings))
    return Card(
        id=shop.pk,
        name=shop.name,
        kind=str(words.shop_kind(shop.kind)),
        url=shop.url,
        state=state,
        tone=tone,
        hue=hue,
        icon=icon,
        words=_summary(shop, dead=dead, is_read=bool(readings), at=at),
        problem=shop.problem,
        waiting=waiting,
        dead=dead,
        last_delivery_at=shop.last_delivery_at,
        last_order_at=shop.last_order_at,
        readings=readings,
    )


def _state(shop: Connection, *, dead: int, is_read: bool) -> tuple[str, str, str, str]:
    if shop.state == ConnectionState.BROKEN:
        return _("Needs you"), "bad", "red", "triangle-alert"
    if is_read:
        return _("Reading"), "brand", "blue", "store"
    if dead:
        return _("Look here"), "warn", "orange", "store"
    if shop.last_delivery_at is None:
        return _("Waiting for the first order"), "plain", "sand", "store"
    return _("Connected"), "ok", "green", "store"


def _summary(shop: Connection, *, dead: int, is_read: bool, at: datetime) -> str:
    if shop.problem:
        return shop.problem
    if is_read:
        return _("Its history is being read.")
    if dead:
        return _("Some deliveries could not be understood.")
    if shop.last_order_at is None:
        return _("No order yet.")
    return _("Last order %(ago)s.") % {"ago": formats.ago(shop.last_order_at, at=at)}
