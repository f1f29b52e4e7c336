"""What one can do with orders. Callers write ``orders.take(...)``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from regulars.crm_core.commerce import booking, counterparties, rates, versions
from regulars.crm_core.commerce.canonical import Gone, OrderStatus, Source, TakenOrder
from regulars.crm_core.commerce.models import Order
from regulars.crm_core.commerce.versions import Verdict
from regulars.platform import ids, tenancy
from regulars.platform.facts import facts

MAX_AT_ONCE = 250  # orders in one transaction: each holds a lock to its end
TAKEN = "orders.taken"  # many at once, such as a shop's history: one fact, whose followers see the contacts


@dataclass(frozen=True)
class Taken:
    """``outcome``: new, changed, restored, unchanged, stale, or ask (the shop has to be asked first).

    ``order`` is the row as it is now; None only when the shop has to be asked about one that we do not have.
    """

    order: Order
    outcome: str


@tenancy.atomic
def take(*, order: TakenOrder, source: Source, at: datetime) -> Taken:
    """An order as its shop tells it into ours, if it is newer than what we have; safe to repeat.

    Of equal versions with different content, one that was queued at the shop is not applied: the outcome is
    ``ask``, and what a fetch then brings holds. An order that is gone comes back only by a newer version.
    Records order.placed, order.changed, order.refunded, order.cancelled, order.restored, and
    contact.appeared, with the source's origin.
    """
    batch = _Batch([order], source=source, at=at)
    batch.write()
    for contact in batch.people.appeared:
        facts.record("contact.appeared", subject_id=contact.pk, at=at, origin=source.origin)
    for work in batch.applied:
        _note(work, source=source, at=at)
    for contact_id in batch.left:
        facts.record("contact.orders_moved", subject_id=contact_id, at=at, origin=source.origin)
    return Taken(batch.rows[order.external_id], batch.verdicts[order.external_id].value)


def take_many(*, orders: Sequence[TakenOrder], source: Source, at: datetime) -> list[Taken]:
    """As ``take``, for a shop's history: 250 at a time in a transaction, and one fact for each of these.

    The fact ``orders.taken`` lists the contacts concerned; no automation follows an order of long ago.
    Orders are answered in the order given; one that comes twice is taken twice.
    """
    found: list[Taken] = []
    part: dict[str, TakenOrder] = {}
    for order in orders:
        if order.external_id in part or len(part) == MAX_AT_ONCE:
            found += _take_part(list(part.values()), source=source, at=at)
            part = {}
        part[order.external_id] = order
    return found + _take_part(list(part.values()), source=source, at=at)


@tenancy.atomic
def gone(*, gone: Gone, source: Source, at: datetime) -> Order | None:
    """The shop says that an order is no more, or in its trash: its money is taken back out of the ledger.

    A tombstone stays, also for an order that we never saw, so that late news of it brings nothing back.
    Older news than ours changes nothing, and a second time neither. Records order.gone.
    """
    tenancy.lock("order", source.connection_id, gone.external_id)
    row = Order.objects.filter(connection_id=source.connection_id, external_id=gone.external_id).first()
    if row is None:
        row = _tombstone(gone, source=source, at=at)
    known = row.source_updated_at
    if row.gone_at is not None or (
        gone.changed_at is not None and known is not None and gone.changed_at < known
    ):
        return row
    before = booking.shown(row)
    row.gone_at = gone.changed_at or at
    row.source_updated_at = gone.changed_at or known
    row.status, row.shop_status = OrderStatus.TRASHED.value, "trash" if gone.is_trashed else "deleted"
    row.is_counted, row.taken_at, row.raw_hash = False, at, ""
    row.save()
    booking.book([booking.Work.of(row)], at=at)
    after = booking.shown(row)
    facts.record("order.gone", subject_id=row.pk, at=at, origin=source.origin, before=before, after=after)
    return row


@tenancy.atomic
def _take_part(orders: list[TakenOrder], *, source: Source, at: datetime) -> list[Taken]:
    if not orders:
        return []
    batch = _Batch(orders, source=source, at=at)
    batch.write()
    if batch.applied:
        contacts = {work.row.contact_id for work in batch.applied} | batch.left
        after = {
            "orders": len(batch.applied),
            "contacts": sorted(str(contact) for contact in contacts if contact is not None),
        }
        facts.record(TAKEN, subject_id=ids.new(), at=at, origin=source.origin, after=after)
    return [Taken(batch.rows[each.external_id], batch.verdicts[each.external_id].value) for each in orders]


class _Batch:
    """Orders of one source, each once, judged and written together: a fixed number of statements."""

    def __init__(self, orders: list[TakenOrder], *, source: Source, at: datetime) -> None:
        self.source, self.at = source, at
        self.told = {order.external_id: order for order in sorted(orders, key=lambda each: each.external_id)}
        for external_id in self.told:
            tenancy.lock("order", source.connection_id, external_id)
        known = Order.objects.filter(connection_id=source.connection_id, external_id__in=self.told)
        self.rows = {row.external_id: row for row in known}
        self.hashes = {external_id: versions.digest(order) for external_id, order in self.told.items()}
        self.verdicts = {external_id: self._verdict(order) for external_id, order in self.told.items()}
        self.applied: list[booking.Work] = []
        self.left: set[UUID] = set()  # contacts that lost an order to another

    def write(self) -> None:
        applying = {Verdict.NEW, Verdict.APPLY, Verdict.RESTORE}
        orders = [order for key, order in self.told.items() if self.verdicts[key] in applying]
        self.people = counterparties.of(
            orders=[(order, self.rows.get(order.external_id)) for order in orders],
            source=self.source,
            at=self.at,
        )
        for order, contact_id in zip(orders, self.people.contact_ids, strict=True):
            row = self.rows.get(order.external_id)
            work = booking.Work.of(row) if row is not None else booking.Work.new(self.source, order)
            if row is not None and row.contact_id is not None and row.contact_id != contact_id:
                self.left.add(row.contact_id)
            work.hear(order, raw_hash=self.hashes[order.external_id], source=self.source, at=self.at)
            work.row.contact_id = contact_id
            self.rows[order.external_id] = work.row
            self.applied.append(work)
        booking.write(self.applied, source=self.source, at=self.at)

    def _verdict(self, order: TakenOrder) -> Verdict:
        row = self.rows.get(order.external_id)
        if row is None:
            return Verdict.NEW
        return versions.verdict(
            told=order.changed_at,
            told_hash=self.hashes[order.external_id],
            known=row.source_updated_at,
            known_hash=row.raw_hash,
            gone_at=row.gone_at,
            source=self.source,
        )


def _note(work: booking.Work, *, source: Source, at: datetime) -> None:
    after = booking.shown(work.row)
    for name in _names(work):
        facts.record(
            name, subject_id=work.row.pk, at=at, origin=source.origin, before=work.before, after=after
        )


def _names(work: booking.Work) -> list[str]:
    """What has happened, the most telling words; a change that has a name of its own is no mere change."""
    row, was = work.row, work.before
    names = ["order.placed"] if was is None else []
    if was is not None and was["gone"] and row.gone_at is None:
        names.append("order.restored")
    if row.gone_at is not None and not (was and was["gone"]):
        names.append("order.gone")
    if row.status == OrderStatus.CANCELLED.value and (was is None or was["status"] != row.status):
        names.append("order.cancelled")
    if work.has_new_refund:
        names.append("order.refunded")
    return names or ["order.changed"]


def _tombstone(gone: Gone, *, source: Source, at: datetime) -> Order:
    return Order(
        connection_id=source.connection_id,
        external_id=gone.external_id,
        number=gone.external_id,
        status=OrderStatus.TRASHED.value,
        currency=rates.base(),
        ordered_at=gone.changed_at or at,
        origin=source.origin,
    )
