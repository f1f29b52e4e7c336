"""Products to choose from while somebody types."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q

from regulars.crm_core.commerce.models import Product

MAX_CHOICES = 20


def products(*, words: str, limit: int = MAX_CHOICES) -> list[Product]:
    """Products on sale whose title or stock number holds all the words, by title; without words, all."""
    rows = Product.objects.filter(gone_at=None)
    for word in words.split():
        rows = rows.filter(Q(title__icontains=word) | Q(sku__icontains=word))
    return list(rows.order_by("title", "pk")[: min(limit, MAX_CHOICES)])


def titles(ids: Iterable[UUID]) -> dict[UUID, str]:
    """What the products are called, those that are gone included."""
    return dict(Product.objects.filter(pk__in=set(ids)).values_list("pk", "title"))
