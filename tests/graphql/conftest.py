"""A partner's program that asks by GraphQL, and rows to read: two customers with orders, lines and refunds."""

import json
from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.test import Client

from regulars.crm_core.insight.models import Segment
from regulars.graphql import node_ids
from regulars.integrations.email.models import Campaign, Recipient
from regulars.platform import buckets, ids, tenancy
from regulars.tenants import keys
from tests.rest.conftest import NOON, key_for, make_customer, make_order, make_product

PATH = "/graphql/"


@dataclass
class Partner:
    """Posts as a partner's program does: with a key, without cookies."""

    client: Client
    key: str

    def post(self, query, *, key=None, operation=None, **variables):
        body = {"query": query, "variables": variables, "operationName": operation}
        return self.send(json.dumps(body), key=key)

    def send(self, body, *, key=None, kind="application/json", path=PATH):
        headers = {"authorization": f"Bearer {key or self.key}"}
        return self.client.post(path, body, content_type=kind, headers=headers)

    def data(self, query, **variables):
        """The data of an answer without errors."""
        answer = self.post(query, **variables)
        assert answer.status_code == 200, answer.content
        assert "errors" not in answer.json(), answer.content
        return answer.json()["data"]

    def refused(self, query, **variables):
        """The code of the one error."""
        [error] = self.post(query, **variables).json()["errors"]
        return error["extensions"]["code"]


@pytest.fixture(autouse=True)
def _full_buckets(monkeypatch):
    monkeypatch.setattr(buckets, "_away_until", 0.0)
    buckets._local.clear()


@pytest.fixture
def partner(tea_shop):
    return Partner(Client(headers={"host": "teashop.localhost"}), key_for(tea_shop, scopes=keys.SCOPES))


@pytest.fixture
def rival(book_shop):
    """Another tenant's partner."""
    return Partner(Client(headers={"host": "bookshop.localhost"}), key_for(book_shop, scopes=keys.SCOPES))


@pytest.fixture
def asking(partner, tea_shop):
    """Asks in a tenant that is not open, as a request finds it."""
    with tenancy.shared():
        yield partner


@dataclass
class World:
    """Ids as the API gives them."""

    customer: str
    order: str
    product: str
    segment: str
    campaign: str


def fill(shop, word="Tea"):
    """The same addresses and numbers in each tenant; ``word`` in every text."""
    with tenancy.opened(shop.schema_name):
        product = make_product(f"{word} Pot")
        customers = []
        for place in range(3):
            figures = {"orders_count": 2, "stage": "loyal", "total_spent": Decimal("12.50")}
            person = make_customer(
                f"{word} Person{place}", email=f"p{place}@example.com", minutes=place, figures=figures, company=word,
                city=word, tags=[word],
            )  # fmt: skip
            customers.append(person)
            for number in range(3):
                order = make_order(
                    f"{place}{number}", contact=person, minutes=10 * place + number, buyer_name=word,
                    payment_method=word, total=Decimal(number), lines=[(f"{word} {n}", str(n)) for n in range(3)],
                    refunds=[("1", None), ("2", None), ("9", NOON)],
                )  # fmt: skip
                order.lines.update(product=product, sku=word)
        rules = {"all": [{"field": "city", "is": "equals", "value": word}]}
        segment = Segment.objects.create(name=f"{word} lovers", rules=rules, made_at=NOON, changed_at=NOON)
        campaign = Campaign.objects.create(
            name=f"{word} mail", subject=word, segment=segment, made_at=NOON, changed_at=NOON
        )
        for state, person in enumerate(customers, start=2):
            Recipient.objects.create(
                campaign=campaign,
                contact=person,
                email=f"{ids.new().hex}@example.com",
                state=state,
                opened_at=NOON,
            )
        return World(
            customer=node_ids.written("Customer", customers[-1].pk),
            order=node_ids.written("Order", order.pk),
            product=node_ids.written("Product", product.pk),
            segment=node_ids.written("Segment", segment.pk),
            campaign=node_ids.written("Campaign", campaign.pk),
        )


@pytest.fixture
def world(tea_shop):
    return fill(tea_shop)
