"""A partner with a key, and rows to read: the same e-mail addresses and order numbers in both tenants."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from regulars.crm_core.commerce.models import Order, OrderLine, Product, Refund
from regulars.crm_core.customers.models import Contact, Link
from regulars.crm_core.insight.models import CustomerMetrics
from regulars.platform import buckets, ids, tenancy
from regulars.tenants import keys

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Partner:
    """Asks as a partner's program does: with a key, without cookies."""

    client: Client
    key: str

    def get(self, path, *, key=None, **query):
        return self.client.get(path, query, headers={"authorization": f"Bearer {key or self.key}"})

    def json(self, path, **query):
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.content
        return answer.json()


@pytest.fixture(autouse=True)
def _full_buckets(monkeypatch):
    monkeypatch.setattr(buckets, "_away_until", 0.0)
    buckets._local.clear()


def key_for(shop, **options):
    with tenancy.opened(shop.schema_name):
        return keys.make(**{"name": "Partner", "at": timezone.now(), **options})


@pytest.fixture
def partner(tea_shop):
    return Partner(Client(headers={"host": "teashop.localhost"}), key_for(tea_shop))


@pytest.fixture
def rival(book_shop):
    """Another tenant's partner."""
    return Partner(Client(headers={"host": "bookshop.localhost"}), key_for(book_shop))


def make_customer(name="Ada Byron", *, email="ada@example.com", minutes=0, figures=None, **fields):
    at = NOON + timedelta(minutes=minutes)
    first, _, last = name.partition(" ")
    contact = Contact.objects.create(
        name=name,
        first_name=first,
        last_name=last,
        email=email,
        appeared_at=at,
        changed_at=at,
        **fields,
    )
    if email and fields.get("merged_into") is None:
        Link.objects.create(
            contact=contact, kind="email", value=email, evidence=f"order of {name}", linked_at=at
        )
    if figures is not None:
        CustomerMetrics.objects.create(contact=contact, computed_at=at, **figures)
    return contact


def make_order(number="1001", *, contact=None, minutes=0, lines=(), refunds=(), **fields):
    order = Order.objects.create(
        **{
            "external_id": ids.new().hex,
            "number": number,
            "contact": contact,
            "status": "completed",
            "shop_status": "completed",
            "currency": "EUR",
            "origin": "webhook",
            "ordered_at": NOON + timedelta(minutes=minutes),
            "taken_at": NOON + timedelta(minutes=minutes),
            **fields,
        }
    )
    for position, (title, total) in enumerate(lines):
        OrderLine.objects.create(
            order=order,
            position=position,
            external_id=str(position),
            title=title,
            quantity=Decimal("1"),
            unit_price=Decimal(total),
            total=Decimal(total),
        )
    for position, (amount, removed_at) in enumerate(refunds):
        Refund.objects.create(
            order=order,
            external_id=str(position),
            amount=Decimal(amount),
            reason="Broken",
            refunded_at=NOON + timedelta(minutes=position),
            removed_at=removed_at,
        )
    return order


def make_product(title):
    return Product.objects.create(external_id=ids.new().hex, title=title, currency="EUR")
