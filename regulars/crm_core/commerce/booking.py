"""Writing orders: the row, its lines and refunds, and what they mean for the ledger, many at once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from regulars.crm_core.commerce import ledger, parts, products, rates
from regulars.crm_core.commerce.canonical import OrderStatus, Source, TakenOrder
from regulars.crm_core.commerce.exact import exact
from regulars.crm_core.commerce.models import Order, OrderLine, Refund, SaleEntry
from regulars.crm_core.customers import identity

AMOUNTS = ("shipping", "fees", "discount", "tax", "total")
TOLD = (
    "number", "contact", "kind", "status", "shop_status", "is_counted", "is_test", "email", "buyer_name",
    "currency", *AMOUNTS, "refunded", "payment_method", "channel", "ordered_at", "cancelled_at",
    "source_updated_at", "raw_hash", "origin", "gone_at", "taken_at",
)  # fmt: skip


@dataclass
class Work:
    """One order at work: its row, how it was before (None: new), and what was told of it."""

    row: Order
    is_new: bool
    before: dict[str, Any] | None
    told: TakenOrder | None = None
    lines: list[OrderLine] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    has_new_refund: bool = False
    rate: Decimal | None = None  # of the order's day, into the tenant's currency

    @classmethod
    def of(cls, row: Order) -> Self:
        return cls(row=row, is_new=False, before=shown(row))

    @classmethod
    def new(cls, source: Source, order: TakenOrder) -> Self:
        row = Order(connection_id=_uuid(source.connection_id), external_id=order.external_id)
        return cls(row=row, is_new=True, before=None)

    def hear(self, order: TakenOrder, *, raw_hash: str, source: Source, at: datetime) -> None:
        """The order's own fields, as told; ``write`` adds the rest."""
        row, self.told = self.row, order
        row.number, row.kind = order.number, order.kind.value
        row.status, row.shop_status = order.status.value, order.shop_status
        row.is_test, row.currency = order.is_test, order.currency
        for name in AMOUNTS:
            setattr(row, name, exact(getattr(order, name)))
        row.payment_method, row.channel = order.payment_method, order.channel
        row.ordered_at, row.cancelled_at = order.ordered_at, order.cancelled_at
        row.source_updated_at = order.changed_at or row.source_updated_at
        row.raw_hash, row.origin, row.taken_at = raw_hash, source.origin, at
        is_gone = order.status is OrderStatus.TRASHED
        row.gone_at = (row.gone_at or order.changed_at or at) if is_gone else None
        row.is_counted = ledger.is_counted(row)
        self._hear_buyer(order)

    @property
    def changed_at(self) -> datetime:
        """When what is new about the order happened, as its shop tells."""
        if self.row.gone_at is not None:
            return self.row.gone_at
        return (self.told.changed_at if self.told else None) or self.row.taken_at

    def _hear_buyer(self, order: TakenOrder) -> None:
        row, buyer = self.row, order.customer
        if buyer is not None and buyer.is_erased:
            row.email, row.buyer_name = identity.stand_in(row.pk.hex), ""
        elif buyer is not None and not (identity.is_stand_in(row.email) and not buyer.email):
            row.email = (
                identity.email(buyer.email) or buyer.email.strip().lower()[: identity.MAX_EMAIL_CHARACTERS]
            )
            name = identity.display_name(first=buyer.first_name, last=buyer.last_name, company=buyer.company)
            row.buyer_name = name[:250]


def shown(row: Order) -> dict[str, Any]:
    """What a fact keeps of an order: nothing about the person."""
    return {
        "status": row.status,
        "total": str(row.total),
        "refunded": str(row.refunded),
        "currency": row.currency,
        "contact": str(row.contact_id) if row.contact_id else None,
        "gone": row.gone_at is not None,
    }


def write(works: Sequence[Work], *, source: Source, at: datetime) -> None:
    """Store what was told of each order, and book it, in a number of statements that does not grow."""
    if not works:
        return
    _rate(works)
    told = [(line, work.told.currency) for work in works if work.told for line in work.told.lines]
    known = products.of_lines(lines=told, source=source)
    plan = parts.Plan(works, known)
    for work in works:
        work.row.refunded = sum((each.amount for each in work.refunds if each.removed_at is None), Decimal(0))
    Order.objects.bulk_create(work.row for work in works if work.is_new)
    changed = [work.row for work in works if not work.is_new]
    if changed:
        Order.objects.bulk_update(changed, TOLD)
    plan.write()
    book(works, at=at)


def book(works: Sequence[Work], *, at: datetime) -> None:
    """Append what the ledger misses of each order; lines and refunds are read where none were told."""
    _read_parts([work for work in works if work.told is None])
    entries: dict[UUID, list[SaleEntry]] = defaultdict(list)
    old = [work.row.pk for work in works if not work.is_new]
    if old:
        for entry in SaleEntry.objects.filter(order__in=old).order_by("pk"):
            entries[entry.order_id].append(entry)
    missing: list[SaleEntry] = []
    for work in works:
        row = work.row
        missing += ledger.missing(
            row,
            due=ledger.due(row, work.lines, work.refunds),
            entries=entries[row.pk],
            rate=work.rate,
            changed_at=work.changed_at,
            at=at,
        )
    SaleEntry.objects.bulk_create(missing)


def _rate(works: Sequence[Work]) -> None:
    known = rates.of(currencies={work.row.currency for work in works})
    for work in works:
        work.rate = rates.on(known, currency=work.row.currency, ordered_at=work.row.ordered_at)


def _read_parts(works: Sequence[Work]) -> None:
    by_order = {work.row.pk: work for work in works}
    if not by_order:
        return
    for line in OrderLine.objects.filter(order__in=by_order):
        by_order[line.order_id].lines.append(line)
    for refund in Refund.objects.filter(order__in=by_order):
        by_order[refund.order_id].refunds.append(refund)


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None
