"""Fixtures of the staff app: somebody signed in on a tenant's host, and a shop with a few orders."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from regulars.crm_core.commerce import orders
from regulars.integrations.shop import connections
from regulars.platform import tenancy
from regulars.platform.facts import facts
from regulars.tenants import accounts
from regulars.tenants.models import Membership, Person, Role
from tests.factories import commerce

PASSWORD = "correct horse battery"


class Visitor(Client):
    """Starts each request in public, as a server does, also while the test looks at a tenant's rows."""

    def request(self, **given):
        with tenancy.shared():
            return super().request(**given)


def signed_in(person, tenant):
    """A client on the tenant's host, signed in by hand-over as the public host does it."""
    client = Visitor(headers={"host": f"{tenant.slug}.localhost"})
    with tenancy.shared():
        token = accounts.hand_over(person=person, tenant=tenant, at=timezone.now())
    assert client.get(f"/enter/?token={token}").status_code == 302
    return client


@pytest.fixture
def staff(tea_shop, owner):
    """The owner of the tea shop, signed in on teashop.localhost."""
    return signed_in(owner, tea_shop)


@pytest.fixture
def helper(tea_shop):
    """A member who owns nothing."""
    now = timezone.now()
    with tenancy.shared():
        person = Person.objects.create(email="helper@teashop.example", name="Kim", joined_at=now)
        Membership.objects.create(person=person, tenant=tea_shop, role=Role.STAFF, joined_at=now)
    return signed_in(person, tea_shop)


@pytest.fixture
def shop(tea_shop):
    """A connected shop of the tea shop, one that pushes."""
    with tenancy.opened(tea_shop.schema_name):
        return connections.connect(
            kind="push", name="Tea online", url="https://tea.example", at=timezone.now()
        )


def told(email="ana@example.com", *, days_ago=1, goods="10.00", name=("Ana", "Ray"), **more):
    """An order as the shop tells it."""
    at = timezone.now() - timedelta(days=days_ago)
    buyer = commerce.buyer(email, first_name=name[0], last_name=name[1]) if email else None
    return commerce.order(
        **{"customer": buyer, "ordered_at": at, "changed_at": at, "lines": (commerce.line(goods),), **more}
    )


@pytest.fixture
def bought_many(tea_shop, shop):
    """``bought_many(told(…), told(…))``: orders that come together, figures included."""

    def take(*given):
        with tenancy.opened(tea_shop.schema_name):
            source, now = commerce.source(connection_id=str(shop.pk)), timezone.now()
            taken = orders.take_many(orders=given, source=source, at=now)
            while facts.work(at=timezone.now()):
                continue
        return [each.order for each in taken]

    return take


@pytest.fixture
def bought(bought_many):
    """``bought(email=…, days_ago=3, goods="12.00", …)``: one order and its figures."""
    return lambda *words, **given: bought_many(told(*words, **given))[0]


def words(answer):
    """The page's text."""
    return answer.content.decode()
