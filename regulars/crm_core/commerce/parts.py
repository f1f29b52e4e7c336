"""The lines and refunds of orders: what was told beside what is stored, and the statements between them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from regulars.crm_core.commerce.canonical import TakenLine, TakenRefund
from regulars.crm_core.commerce.exact import exact
from regulars.crm_core.commerce.models import OrderLine, Product, Refund

if TYPE_CHECKING:
    from regulars.crm_core.commerce.booking import Work

LINE_FIELDS = (
    "product", "position", "variant_external_id", "title", "sku", "quantity", "unit_price", "discount", "tax",
    "total", "unit_cost",
)  # fmt: skip
REFUND_FIELDS = ("amount", "tax", "reason", "refunded_at", "removed_at")

Part = TypeVar("Part", TakenLine, TakenRefund)


class Plan:
    """What is to be written for a batch. Building it fills ``lines`` and ``refunds`` of each work."""

    def __init__(self, works: Sequence["Work"], products: Mapping[str, Product]) -> None:
        self.products = products
        self.new_lines: list[OrderLine] = []
        self.changed_lines: list[OrderLine] = []
        self.dropped_lines: list[int] = []
        self.new_refunds: list[Refund] = []
        self.changed_refunds: list[Refund] = []
        old = [work.row.pk for work in works if not work.is_new]
        lines: dict[UUID, dict[str, OrderLine]] = {key: {} for key in old}
        refunds: dict[UUID, dict[str, Refund]] = {key: {} for key in old}
        if old:
            for line in OrderLine.objects.filter(order__in=old):
                lines[line.order_id][line.external_id] = line
            for refund in Refund.objects.filter(order__in=old):
                refunds[refund.order_id][refund.external_id] = refund
        for work in works:
            self._plan_lines(work, lines.get(work.row.pk, {}))
            self._plan_refunds(work, refunds.get(work.row.pk, {}))

    def write(self) -> None:
        if self.dropped_lines:
            OrderLine.objects.filter(pk__in=self.dropped_lines).delete()
        if self.changed_lines:
            OrderLine.objects.bulk_update(self.changed_lines, LINE_FIELDS)
        OrderLine.objects.bulk_create(self.new_lines)
        if self.changed_refunds:
            Refund.objects.bulk_update(self.changed_refunds, REFUND_FIELDS)
        Refund.objects.bulk_create(self.new_refunds)

    def _plan_lines(self, work: "Work", known: dict[str, OrderLine]) -> None:
        if work.told is None:
            return
        for position, told in enumerate(_distinct(work.told.lines)):
            line = known.pop(told.external_id, None)
            before = _values(line, LINE_FIELDS) if line is not None else None
            line = line or OrderLine(order=work.row, external_id=told.external_id)
            self._tell(line, told, position=position, rate=work.rate)
            if before is None:
                self.new_lines.append(line)
            elif before != _values(line, LINE_FIELDS):
                self.changed_lines.append(line)
            work.lines.append(line)
        self.dropped_lines += [line.pk for line in known.values()]

    def _tell(self, line: OrderLine, told: TakenLine, *, position: int, rate: Decimal | None) -> None:
        product = self.products.get(told.product_external_id)
        cost = line.unit_cost
        if told.unit_cost is not None and rate is not None:
            cost = exact(told.unit_cost * rate)
        if cost is None and product is not None:
            cost = product.unit_cost  # what it costs today; from now on the line keeps it
        line.product_id = product.pk if product is not None else None
        line.position, line.variant_external_id = position, told.variant_external_id
        line.title, line.sku = told.title, told.sku
        line.quantity, line.unit_price = exact(told.quantity), exact(told.unit_price)
        line.discount, line.tax, line.total = exact(told.discount), exact(told.tax), exact(told.total)
        line.unit_cost = cost

    def _plan_refunds(self, work: "Work", known: dict[str, Refund]) -> None:
        if work.told is None:
            return
        for told in _distinct(work.told.refunds):
            refund = known.pop(told.external_id, None)
            before = _values(refund, REFUND_FIELDS) if refund is not None else None
            amount = refund.amount if refund is not None else exact(told.amount)
            refund = refund or Refund(order=work.row, external_id=told.external_id)
            refunded_at = told.refunded_at or refund.refunded_at or work.changed_at
            refund.amount, refund.tax, refund.reason = exact(told.amount), exact(told.tax), told.reason
            refund.refunded_at, refund.removed_at = refunded_at, None
            if before is None:
                self.new_refunds.append(refund)
                work.has_new_refund = True
            elif before != _values(refund, REFUND_FIELDS):
                self.changed_refunds.append(refund)
                work.has_new_refund = work.has_new_refund or amount < refund.amount
            work.refunds.append(refund)
        for refund in known.values():
            if refund.removed_at is None:
                refund.removed_at = work.changed_at
                self.changed_refunds.append(refund)
            work.refunds.append(refund)


def _distinct(told: Iterable[Part]) -> list[Part]:
    """Each under an id of its own: a shop that repeats one within an order must not make it unreadable."""
    seen: dict[str, int] = {}
    found: list[Part] = []
    for each in told:
        seen[each.external_id] = seen.get(each.external_id, 0) + 1
        count = seen[each.external_id]
        found.append(each if count == 1 else replace(each, external_id=f"{each.external_id}#{count}"))
    return found


def _values(row: OrderLine | Refund, names: Sequence[str]) -> list[object]:
    return [getattr(row, f"{name}_id" if name == "product" else name) for name in names]
