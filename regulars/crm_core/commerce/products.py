"""Products as shops tell of them, and what they cost the tenant."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from regulars.crm_core.commerce import rates
from regulars.crm_core.commerce.canonical import Gone, Source, TakenLine, TakenProduct
from regulars.crm_core.commerce.exact import exact
from regulars.crm_core.commerce.models import Product
from regulars.platform import errors, money, tenancy
from regulars.platform.facts import facts


class UnknownProduct(errors.NotFound):
    code = "unknown_product"


class BadCost(errors.Invalid):
    code = "bad_cost"


@tenancy.atomic
def take(*, product: TakenProduct, source: Source, at: datetime) -> Product:
    """A shop's product into ours; returns it. Older news changes nothing.

    A cost that the shop tells replaces ours, in the tenant's currency at today's rate (without a rate it is
    unknown); one that it does not tell leaves what staff gave.
    """
    tenancy.lock("product", source.connection_id, product.external_id)
    mine = Product.objects.filter(connection_id=source.connection_id, external_id=product.external_id)
    row = mine.first() or Product(connection_id=source.connection_id, external_id=product.external_id)
    if _is_older(product.changed_at, row):
        return row
    before = row.unit_cost
    row.title, row.sku = product.title, product.sku
    row.price = None if product.price is None else exact(product.price)
    row.currency, row.is_published = product.currency, product.is_published
    row.source_updated_at, row.gone_at = product.changed_at or row.source_updated_at, None
    if product.cost is not None:
        row.unit_cost = _in_base(product.cost, product.currency, at=at)
    row.save()
    if row.unit_cost != before:
        _note_cost(row, before=before, at=at, origin=source.origin)
    return row


@tenancy.atomic
def gone(*, gone: Gone, source: Source, at: datetime) -> None:
    """The shop sells it no more. What was sold stays; older news than ours changes nothing."""
    tenancy.lock("product", source.connection_id, gone.external_id)
    row = Product.objects.filter(connection_id=source.connection_id, external_id=gone.external_id).first()
    if row is None or row.gone_at or _is_older(gone.changed_at, row):
        return
    row.gone_at, row.is_published = gone.changed_at or at, False
    row.save(update_fields=["gone_at", "is_published"])


@tenancy.atomic
def set_cost(
    *, product: UUID, unit_cost: Decimal | None, at: datetime, actor_id: UUID | None = None
) -> Product:
    """What one piece costs from now on, in the tenant's currency; None for unknown.

    What was sold keeps the cost it was sold at. Raises UnknownProduct, and BadCost for a negative one or one
    beyond money.LARGEST.
    """
    row = Product.objects.select_for_update().filter(pk=product).first()
    if row is None:
        raise UnknownProduct(_("There is no such product."))
    if unit_cost is not None and not (unit_cost.is_finite() and 0 <= unit_cost <= money.LARGEST):
        raise BadCost(_("A cost is an amount of money, not below zero."))
    before, row.unit_cost = row.unit_cost, None if unit_cost is None else exact(unit_cost)
    row.save(update_fields=["unit_cost"])
    if row.unit_cost != before:
        _note_cost(row, before=before, at=at, origin="staff", actor_id=actor_id)
    return row


def of_lines(*, lines: Iterable[tuple[TakenLine, str]], source: Source) -> dict[str, Product]:
    """The product of each (line, currency) by the shop's id; unknown ones are made from the line."""
    wanted = {line.product_external_id: (line, currency) for line, currency in lines}
    wanted.pop("", None)
    if not wanted:
        return {}
    mine = Product.objects.filter(connection_id=source.connection_id, external_id__in=wanted)
    found = {row.external_id: row for row in mine}
    missing = sorted(wanted.keys() - found.keys())
    if missing:
        made = [_light(*wanted[external_id], source=source) for external_id in missing]
        # Of two at once the second makes none, and both read the first's.
        Product.objects.bulk_create(made, ignore_conflicts=True)
        found |= {row.external_id: row for row in mine.filter(external_id__in=missing)}
    return found


def found(*, words: str, limit: int) -> list[Product]:
    """Products a shop still has whose title or article number holds every word, by title."""
    rows = Product.objects.filter(gone_at=None)
    for word in words.split():
        rows = rows.filter(Q(title__icontains=word) | Q(sku__icontains=word))
    return list(rows.order_by("title", "pk")[:limit])


def titles(ids: Iterable[UUID]) -> dict[UUID, str]:
    """What products are called, gone ones too."""
    return dict(Product.objects.filter(pk__in=set(ids)).values_list("pk", "title"))


def _in_base(cost: Decimal, currency: str, *, at: datetime) -> Decimal | None:
    rate = rates.on(rates.of(currencies=[currency]), currency=currency, ordered_at=at)
    return None if rate is None else exact(cost * rate)


def _light(line: TakenLine, currency: str, *, source: Source) -> Product:
    return Product(
        connection_id=source.connection_id,
        external_id=line.product_external_id,
        title=line.title,
        sku=line.sku,
        currency=currency,
    )


def _is_older(told: datetime | None, row: Product) -> bool:
    known = row.source_updated_at
    if row.gone_at is not None and (known is None or known < row.gone_at):
        known = row.gone_at
    return told is not None and known is not None and told < known


def _note_cost(
    row: Product, *, before: Decimal | None, at: datetime, origin: str, actor_id: UUID | None = None
) -> None:
    facts.record(
        "product.cost_set",
        subject_id=row.pk,
        at=at,
        actor_id=actor_id,
        origin=origin,
        before={"unit_cost": None if before is None else str(before)},
        after={"unit_cost": None if row.unit_cost is None else str(row.unit_cost)},
    )
