"""The ledger: from what an order is now to the entries that are missing for it.

Every key of an order (``line:<id>``, ``shipping``, ``fees``, ``tax``, ``rounding``, ``refund:<id>``) has an
amount that ought to stand; what is appended is the difference to what stands. So the entries of an order
always add up to its total less its refunds, and to nothing when it does not count as sold, whatever
came twice, late or in another order.

A refund takes back money, not cost: whether goods came back no shop tells us reliably, and a cost that is
taken off too early shows a profit that is not there. The base amount follows the rate of the order's first
entries; where there was none, none is given later, so that no half of an order is ever added.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from uuid import UUID

from regulars.crm_core.commerce.canonical import COUNTED, OrderKind, OrderStatus
from regulars.crm_core.commerce.exact import SMALLEST
from regulars.crm_core.commerce.models import Order, OrderLine, Refund, SaleEntry

ZERO = Decimal(0)
SINGLES = (("shipping", "shipping"), ("fees", "fee"), ("tax", "tax"))  # field of Order = key, kind

Place = tuple[str, UUID | None, str, bool]  # key, product, currency, whether the cost is known


@dataclass(frozen=True)
class Standing:
    """What stands, or ought to stand, at one place of an order's ledger."""

    kind: str
    amount: Decimal
    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    since: datetime | None = None  # a refund's own time


def is_booked(order: Order) -> bool:
    """Whether the order's money counts: as sold, credited or adjusted, no test, and not gone."""
    return OrderStatus(order.status) in COUNTED and not order.is_test and order.gone_at is None


def is_counted(order: Order) -> bool:
    """Whether it is one of the customer's orders: booked, and a sale."""
    return is_booked(order) and order.kind == OrderKind.SALE.value


def due(order: Order, lines: Iterable[OrderLine], refunds: Iterable[Refund]) -> dict[Place, Standing]:
    """What ought to stand for the order as it is now.

    Goods of unknown and of known cost stand apart: learning a cost takes one entry back and makes another.
    """
    if not is_booked(order):
        return {}
    found: dict[Place, Standing] = {}
    for line in lines:
        cost = None if line.unit_cost is None else (line.unit_cost * line.quantity).quantize(SMALLEST)
        place = (f"line:{line.external_id}", line.product_id, order.currency, cost is not None)
        found[place] = Standing("item", line.total, line.quantity, cost or ZERO)
    for name, kind in SINGLES:
        found[name, None, order.currency, False] = Standing(kind, getattr(order, name))
    rounding = order.total - sum((each.amount for each in found.values()), ZERO)
    found["rounding", None, order.currency, False] = Standing("rounding", rounding)
    for refund in refunds:
        if refund.removed_at is None:
            place = (f"refund:{refund.external_id}", None, order.currency, False)
            found[place] = Standing("refund", -refund.amount, since=refund.refunded_at)
    return found


def missing(
    order: Order,
    *,
    due: Mapping[Place, Standing],
    entries: Sequence[SaleEntry],
    rate: Decimal | None,
    changed_at: datetime,
    at: datetime,
) -> list[SaleEntry]:
    """The entries that bring what stands to what is due; ``rate`` is that of the order's day.

    The first entries are dated when it was ordered, refunds at their own time, later changes at theirs.
    """
    stands = standing(entries)
    found: list[SaleEntry] = []
    for place in sorted({*due, *stands}, key=str):
        want, was = due.get(place), stands.get(place)
        entry = _difference(place, want or Standing(was.kind if was else "", ZERO), was)
        if entry.amount or entry.quantity or entry.cost:
            first = order.ordered_at if not entries else changed_at
            since = want.since if want is not None and was is None else None
            entry.order, entry.happened_at, entry.recorded_at = order, since or first, at
            found.append(entry)
    _convert(found, entries, rate)
    return found


def _difference(place: Place, want: Standing, was: Standing | None) -> SaleEntry:
    had = was or Standing(want.kind, ZERO)
    key, product_id, currency, is_costed = place
    return SaleEntry(
        product_id=product_id,
        kind=want.kind,
        key=key,
        quantity=want.quantity - had.quantity,
        amount=want.amount - had.amount,
        currency=currency,
        cost=want.cost - had.cost if is_costed else None,
    )


def standing(entries: Iterable[SaleEntry]) -> dict[Place, Standing]:
    """What the entries of one order add up to, place by place."""
    found: dict[Place, Standing] = {}
    for entry in entries:
        place = (entry.key, entry.product_id, entry.currency, entry.cost is not None)
        was = found.get(place)
        found[place] = Standing(
            entry.kind,
            entry.amount + (was.amount if was else ZERO),
            entry.quantity + (was.quantity if was else ZERO),
            (entry.cost or ZERO) + (was.cost if was else ZERO),
        )
    return found


def frozen_rate(entries: Sequence[SaleEntry], currency: str, rate: Decimal | None) -> Decimal | None:
    """The rate the order was first booked at, read from its largest entry; ``rate`` where there is none."""
    told = [entry for entry in entries if entry.currency == currency and entry.amount]
    if not told:
        return rate
    largest = max(told, key=lambda entry: abs(entry.amount))
    return None if largest.base_amount is None else largest.base_amount / largest.amount


def _convert(found: list[SaleEntry], entries: Sequence[SaleEntry], rate: Decimal | None) -> None:
    for currency in {entry.currency for entry in found}:
        frozen = frozen_rate(entries, currency, rate)
        if frozen is None:
            continue
        ours = [entry for entry in found if entry.currency == currency]
        for entry in ours:
            entry.base_amount = (entry.amount * frozen).quantize(SMALLEST, ROUND_HALF_EVEN)
        _settle(ours, [entry for entry in entries if entry.currency == currency], frozen)


def _settle(ours: list[SaleEntry], before: list[SaleEntry], rate: Decimal) -> None:
    """Rounding each entry must leave no rest: together they are what the whole is worth, be it nothing."""
    everything = [*before, *ours]
    whole = sum((entry.amount for entry in everything), ZERO)
    worth = (whole * rate).quantize(SMALLEST, ROUND_HALF_EVEN)
    rest = worth - sum((entry.base_amount or ZERO for entry in everything), ZERO)
    moving = [entry for entry in ours if entry.amount]
    if rest and moving:
        largest = max(moving, key=lambda entry: abs(entry.amount))
        largest.base_amount = (largest.base_amount or ZERO) + rest
