"""The transaction of an import, step by step: people, products, orders, lines, ledger."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from regulars.crm_core.commerce import booking, rates
from regulars.crm_core.commerce.canonical import Source, TakenCustomer
from regulars.crm_core.commerce.imports import staging
from regulars.crm_core.commerce.models import Order
from regulars.crm_core.customers import linking
from regulars.crm_core.customers.models import Contact
from regulars.platform import errors, tenancy

PEOPLE_AT_ONCE = 500
ORDERS_AT_ONCE = 200
FIRST = UUID(int=0)
ORIGIN = "import"


class MixedCurrencies(errors.Invalid):
    code = "mixed_currencies"


def prepare(connection_id: UUID) -> None:
    """The staging tables; waits for another import of the same source."""
    for statement in (*staging.SETTINGS, *staging.TABLES):
        tenancy.execute(statement)
    tenancy.lock("import", connection_id)


@contextmanager
def lines() -> Iterator[Callable[[tuple[Any, ...]], None]]:
    """The function that takes one staged line."""
    with tenancy.copied_in(staging.COPY_LINES) as put:
        yield put


def store(
    *, connection_id: UUID, run: UUID, base: str, at: datetime, progress: Callable[[str], None]
) -> dict[str, int]:
    """What was staged into the tenant's rows; returns how many orders are new, changed, unchanged, deleted.

    ``base`` is the tenant's currency. Raises MixedCurrencies when the lines of one order do not agree.
    """
    asked = {"connection_id": connection_id, "import_id": run, "base": base, "at": at}
    progress("Sorting orders")
    for statement in staging.ORDERS:
        tenancy.execute(statement, asked)
    if mixed := tenancy.rows(staging.MIXED):
        raise MixedCurrencies(f"The lines of order {mixed[0][0]} are in several currencies.")
    outcomes = dict(tenancy.rows(staging.OUTCOMES))
    if not (outcomes.get("new") or outcomes.get("changed")):
        return outcomes
    progress("Finding customers")
    _find_people(connection_id, at=at)
    for step, statements in (
        ("Storing products", (staging.PRODUCTS,)),
        ("Storing orders", (staging.NEW_ORDERS, staging.CHANGED_ORDERS, staging.FORGET_LINES)),
        ("Storing lines", (staging.LINES,)),
        ("Booking", staging.NEW_ENTRIES),
    ):
        progress(step)
        for statement in statements:
            tenancy.execute(statement, asked)
    _book(base=base, at=at)
    return outcomes


def _find_people(connection_id: UUID, *, at: datetime) -> None:
    """Whose orders these are, by the rules that hold for every shop."""
    source = Source(connection_id=str(connection_id), origin=ORIGIN)
    people_count = tenancy.execute(staging.PEOPLE)
    with_contact: list[tuple[Any, ...]] = []
    for after in range(0, people_count, PEOPLE_AT_ONCE):
        part = tenancy.rows(staging.SOME_PEOPLE, {"after": after, "until": after + PEOPLE_AT_ONCE})
        told = [_customer(*person) for person in part]
        found = linking.find(customers=told, source=source, at=at)
        Contact.objects.filter(pk__in=[contact.pk for contact in found.appeared]).update(source=ORIGIN)
        linking.note_suggestions(found, at=at)
        with_contact = [
            (customer, email, contact.pk)
            for (customer, email, *_), contact in zip(part, found.contacts, strict=True)
            if contact is not None
        ]
        with tenancy.copied_in(staging.COPY_FOUND) as put:
            for row in with_contact:
                put(row)
    tenancy.execute("ANALYZE import_found")


def _customer(customer: str, email: str, since: datetime, name: str, country_code: str) -> TakenCustomer:
    """Somebody whom the file gives neither name nor address is called by their number."""
    shown = name or ("" if email else f"Customer {customer}")
    return TakenCustomer(
        external_id=customer, email=email, last_name=shown, country_code=country_code, created_at=since
    )


def _book(*, base: str, at: datetime) -> None:
    """Orders that were told before, or in another currency: what their ledger misses."""
    after = FIRST
    while part := tenancy.rows(staging.TO_BOOK, {"base": base, "after": after, "most": ORDERS_AT_ONCE}):
        is_new = dict(part)
        orders = list(Order.objects.filter(pk__in=is_new).order_by("pk"))
        known = rates.of(currencies={row.currency for row in orders})
        works = [
            booking.Work(
                row=row,
                is_new=is_new[row.pk],
                before=booking.shown(row),
                rate=rates.on(known, currency=row.currency, ordered_at=row.ordered_at),
            )
            for row in orders
        ]
        booking.book(works, at=at)
        after = part[-1][0]
