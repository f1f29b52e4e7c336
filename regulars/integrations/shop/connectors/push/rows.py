"""A pushed batch: what is wrong with it, row by row, and what it says in the core's words."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from regulars.crm_core.commerce.canonical import (
    TakenCustomer,
    TakenLine,
    TakenOrder,
    TakenProduct,
    TakenRefund,
)
from regulars.integrations.shop.connector import Change, Kind, Op, Payload, Taken, Unreadable, text, utc
from regulars.integrations.shop.connectors.push import shape
from regulars.platform import http, money

KINDS = {"customers": Kind.CUSTOMER, "products": Kind.PRODUCT, "orders": Kind.ORDER}
MAX_PROBLEMS = 100  # told at once; whoever has more begins with these


def changes(*, raw: bytes) -> list[Change]:
    """Every row of a batch, customers and products first. All or nothing: Unreadable lists what is wrong."""
    try:
        batch = http.exact_json(raw)
    except ValueError:
        raise Unreadable("The body is not JSON.") from None
    if not isinstance(batch, dict):
        raise Unreadable("The body is not a JSON object.")
    problems = [f"{name}: there is no such field." for name in batch.keys() - shape.ROWS.keys()]
    lists = {name: batch.get(name, []) for name in shape.ROWS}
    problems += [f"{name}: a list is needed." for name, rows in lists.items() if not isinstance(rows, list)]
    if problems:
        raise _unreadable(problems)
    count = sum(len(rows) for rows in lists.values())
    if not 1 <= count <= shape.MAX_ROWS:
        raise Unreadable(f"A batch holds 1 to {shape.MAX_ROWS} rows, not {count}.")
    found: list[Change] = []
    for name, rows in lists.items():
        for place, row in enumerate(rows):
            wrong = list(_wrong_with(name, row))
            problems += [f"{name}[{place}]{problem}" for problem in wrong]
            if not wrong:
                found.append(_change(name, row))
    problems += _repeated(found)
    if problems:
        raise _unreadable(problems)
    return found


def taken(*, kind: Kind, payload: Payload) -> Taken:
    """A row in the core's words. Raises Unreadable."""
    name = next(name for name, known in KINDS.items() if known == kind)
    try:
        row = msgspec.convert(dict(payload), shape.ROWS[name])
    except (msgspec.ValidationError, UnicodeEncodeError) as problem:
        raise Unreadable(str(problem)) from None
    if isinstance(row, shape.Order):
        return _order(row)
    if isinstance(row, shape.Customer):
        return _customer(row)
    assert isinstance(row, shape.Product)  # noqa: S101 - the table above has no other
    return _product(row)


def _wrong_with(name: str, payload: object) -> Iterator[str]:
    try:
        row = msgspec.convert(payload, shape.ROWS[name])
    except UnicodeEncodeError:
        yield ": a text in it holds half of a character."
        return
    except msgspec.ValidationError as problem:
        what, _, where = str(problem).partition(" - at `$")
        yield f"{where.rstrip('`')}: {what}."
        return
    yield from _wrong_times(row)
    if isinstance(row, shape.Order):
        yield from _wrong_with_order(row)
        for place, refund in enumerate(row.refunds):
            yield from (f".refunds[{place}]{problem}" for problem in _wrong_times(refund))
    elif isinstance(row, shape.Customer) and not row.is_erased and row.email and "@" not in row.email:
        yield ".email: this is no e-mail address."


def _wrong_times(row: shape.Strict) -> Iterator[str]:
    for name, value in msgspec.structs.asdict(row).items():
        if isinstance(value, datetime):
            try:
                utc(value)
            except Unreadable as problem:
                yield f".{name}: {problem}"


def _wrong_with_order(row: shape.Order) -> Iterator[str]:
    for name, ids in (("lines", [line.id for line in row.lines]), ("refunds", [r.id for r in row.refunds])):
        if len(ids) != len(set(ids)):
            yield f".{name}: two have the same id."
    for place, refund in enumerate(row.refunds):
        if Decimal(refund.amount) < 0:
            yield f".refunds[{place}].amount: what was given back is a positive amount."
    if row.customer is not None and row.customer.email and "@" not in row.customer.email:
        yield ".customer.email: this is no e-mail address."
    parts = sum((Decimal(line.total) for line in row.lines), Decimal(0))
    parts += Decimal(row.shipping) + Decimal(row.fees) + Decimal(row.tax)
    # A shop that rounds line by line may be off by the smallest coin a line, not by more.
    coin = Decimal(1).scaleb(-money.DECIMALS.get(row.currency, 2))
    if abs(parts - Decimal(row.total)) > coin * (len(row.lines) + 3):
        yield f".total: it is {row.total}, but lines, shipping, fees and tax come to {parts}."


def _repeated(found: list[Change]) -> list[str]:
    seen: set[tuple[Kind, str]] = set()
    problems = []
    for change in found:
        if (change.kind, change.external_id) in seen:
            problems.append(f"{change.kind} {change.external_id}: it is in this batch more than once.")
        seen.add((change.kind, change.external_id))
    return problems


def _change(name: str, payload: dict[str, Any]) -> Change:
    changed_at = payload.get("changed_at")
    return Change(
        kind=KINDS[name] if name in KINDS else Kind(payload["kind"]),
        external_id=payload["id"],
        op=Op.CHANGED if name in KINDS else Op.DELETED,
        changed_at=None if changed_at is None else utc(msgspec.convert(changed_at, datetime)),
        payload=payload if name in KINDS else None,
    )


def _order(row: shape.Order) -> TakenOrder:
    return TakenOrder(
        external_id=row.id,
        number=text(row.number, longest=64) or row.id,
        status=row.status,
        shop_status=row.status.value,
        currency=row.currency,
        shipping=Decimal(row.shipping),
        fees=Decimal(row.fees),
        discount=abs(Decimal(row.discount)),
        tax=Decimal(row.tax),
        total=Decimal(row.total),
        ordered_at=utc(row.ordered_at),
        changed_at=_optional_utc(row.changed_at),
        cancelled_at=_optional_utc(row.cancelled_at),
        is_test=row.is_test,
        customer=None if row.customer is None else TakenCustomer(**_person(row.customer)),
        lines=tuple(_line(line) for line in row.lines),
        refunds=tuple(_refund(refund) for refund in row.refunds),
        payment_method=text(row.payment_method, longest=120),
        channel=text(row.channel, longest=60),
    )


def _line(line: shape.Line) -> TakenLine:
    return TakenLine(
        external_id=line.id,
        title=text(line.title, longest=300),
        sku=text(line.sku, longest=120),
        product_external_id=line.product_id,
        variant_external_id=line.variant_id,
        quantity=Decimal(line.quantity),
        unit_price=Decimal(line.unit_price),
        discount=Decimal(line.discount),
        tax=Decimal(line.tax),
        total=Decimal(line.total),
        unit_cost=None if line.unit_cost is None else Decimal(line.unit_cost),
    )


def _refund(refund: shape.Refund) -> TakenRefund:
    return TakenRefund(
        external_id=refund.id,
        amount=Decimal(refund.amount),
        tax=Decimal(refund.tax),
        reason=text(refund.reason, longest=300),
        refunded_at=_optional_utc(refund.refunded_at),
    )


def _customer(row: shape.Customer) -> TakenCustomer:
    return TakenCustomer(
        **({"external_id": row.id} if row.is_erased else _person(row)),
        created_at=_optional_utc(row.created_at),
        changed_at=_optional_utc(row.changed_at),
        is_erased=row.is_erased,
    )


def _product(row: shape.Product) -> TakenProduct:
    return TakenProduct(
        external_id=row.id,
        title=text(row.title, longest=300),
        sku=text(row.sku, longest=120),
        price=None if row.price is None else Decimal(row.price),
        cost=None if row.cost is None else Decimal(row.cost),
        currency=row.currency,
        is_published=row.is_published,
        changed_at=_optional_utc(row.changed_at),
    )


def _person(row: shape.Buyer | shape.Customer) -> dict[str, Any]:
    names = ("email", "first_name", "last_name", "phone", "company", "city", "region", "country_code")
    return {"external_id": row.id, **{name: text(getattr(row, name), longest=254) for name in names}}


def _optional_utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else utc(moment)


def _unreadable(problems: list[str]) -> Unreadable:
    told = tuple(text(problem, longest=300) for problem in sorted(problems)[:MAX_PROBLEMS])
    return Unreadable(f"The batch has {len(problems)} faults; nothing of it was taken.", problems=told)
