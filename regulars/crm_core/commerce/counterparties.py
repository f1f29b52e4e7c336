"""Whose order it is: the contact that each order of a batch belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from regulars.crm_core.commerce.canonical import Source, TakenCustomer, TakenOrder
from regulars.crm_core.commerce.models import Order
from regulars.crm_core.customers import contacts, identity, linking
from regulars.crm_core.customers.models import Contact


@dataclass(frozen=True)
class Counterparties:
    contact_ids: list[UUID | None]
    appeared: list[Contact]


def of(*, orders: Sequence[tuple[TakenOrder, Order | None]], source: Source, at: datetime) -> Counterparties:
    """The contact of each order (with the row we know of it), made where the buyer is new.

    An order without id and address has none. One whose buyer the shop has erased stays with the contact it
    had, which is redacted once no order with a name is left: shops also blank single old orders, and that
    must not cost a regular customer their name.
    """
    buyers = [_buyer(order) for order, _row in orders]
    found = linking.find(customers=buyers, source=source, at=at)
    linking.note_suggestions(found, at=at)
    contact_ids: list[UUID | None] = []
    erased: dict[UUID, list[UUID]] = {}
    for (_order, row), buyer, contact in zip(orders, buyers, found.contacts, strict=True):
        is_erased = buyer is not None and buyer.is_erased
        contact_id = contact.pk if contact is not None else None
        if is_erased and row is not None and row.contact_id is not None:
            contact_id = row.contact_id
        if is_erased and contact_id is not None:
            erased.setdefault(contact_id, []).append(row.pk if row is not None else contact_id)
        contact_ids.append(contact_id)
    for contact_id, rows in erased.items():
        _forget_if_nameless(contact_id, rows, source=source, at=at)
    return Counterparties(contact_ids, found.appeared)


def _buyer(order: TakenOrder) -> TakenCustomer | None:
    """What was typed was typed when it was ordered, whatever has changed on the order since."""
    if order.customer is None or order.customer.changed_at is not None:
        return order.customer
    return replace(order.customer, changed_at=order.ordered_at)


def _forget_if_nameless(contact_id: UUID, rows: list[UUID], *, source: Source, at: datetime) -> None:
    named = Order.objects.filter(contact=contact_id).exclude(pk__in=rows)
    if named.exclude(email__endswith=f"@{identity.ERASED_DOMAIN}").exists():
        return
    if contacts.resolved(contact_id).redacted_at is None:
        contacts.redact(contact=contact_id, at=at, origin=source.origin)
