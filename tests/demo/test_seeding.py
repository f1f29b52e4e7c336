"""A small demo shop goes into a tenant by the use cases, and its figures are those of its story."""

import dataclasses
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from regulars.crm_core.commerce.canonical import COUNTED
from regulars.crm_core.commerce.models import ExchangeRate, Order, Product, SaleEntry
from regulars.crm_core.customers.models import Consent, Contact, Note
from regulars.crm_core.insight.models import CustomerMetrics
from regulars.demo import leafkiln, seeding, story
from regulars.integrations.shop.models import Connection
from regulars.platform import tenancy
from regulars.platform.facts.models import Reaction
from regulars.platform.models import Delivery
from regulars.tenants.models import Tenant

SHOPPERS = 150


def smaller(tenant, **wishes):
    """Leaf & Kiln, smaller, in a tenant that sells in pounds."""
    with tenancy.shared():
        owner = tenant.memberships.get().person
    return dataclasses.replace(leafkiln.SHOP, slug=tenant.slug, owner_email=owner.email, **wishes)


@pytest.fixture(scope="class")
def seeded(standing_tenant):
    tenant = standing_tenant(currency="GBP", time_zone="Europe/London")
    shop = smaller(tenant, shoppers=SHOPPERS)
    seeding.seed(shop=shop, at=timezone.now(), say=lambda line: None)
    with tenancy.opened(tenant.schema_name):
        yield shop


@pytest.fixture(scope="class")
def told(seeded):
    with tenancy.shared():
        return story.told(shop=seeded, at=Tenant.objects.get(slug=seeded.slug).subscribed_at)


def counts():
    tables = (Contact, Order, Product, SaleEntry, Consent, Note, CustomerMetrics, Connection, ExchangeRate)
    return {table.__name__: table.objects.count() for table in tables}


class TestSeed:
    def test_brings_every_order_of_the_story(self, seeded, told):
        rows = dict(Order.objects.values_list("number", "total"))

        assert rows == {order.number: order.total for order in told.orders}

    def test_makes_one_customer_of_each_address(self, seeded, told):
        bought = {order.customer.email for order in told.orders if order.customer}
        registered = {customer.email for customer in told.customers}

        assert set(Contact.objects.values_list("email", flat=True)) == bought | registered

    def test_counts_what_counts(self, seeded, told):
        counted = Counter(
            order.customer.email
            for order in told.orders
            if order.customer and order.status in COUNTED and not order.is_test
        )

        rows = CustomerMetrics.objects.values_list("contact__email", "orders_count")

        assert {email: count for email, count in rows if count} == dict(counted)

    def test_adds_up_to_the_money_of_the_story(self, seeded, told):
        rates = {each.currency: each.rate for each in seeded.foreign} | {seeded.currency: Decimal(1)}
        kept = [
            order for order in told.orders if order.status in COUNTED and not order.is_test and order.customer
        ]
        due = Counter()
        for order in kept:
            due[order.currency] += order.total - sum(refund.amount for refund in order.refunds)

        metrics = CustomerMetrics.objects.all()

        at_home = sum(amount * rates[code] for code, amount in due.items() if rates[code] is not None)
        spent = sum(each.total_spent for each in metrics)
        # At a rate, each entry is rounded to a hundredth of a penny.
        assert abs(spent - at_home) < Decimal("0.02")
        elsewhere = Counter()
        for each in metrics:
            for code, amount in each.elsewhere.items():
                elsewhere[code] += Decimal(amount)
        assert dict(elsewhere) == {code: due[code] for code in due if rates[code] is None}

    def test_leaves_nothing_to_be_done(self, seeded):
        assert not Reaction.objects.filter(done_at=None).exists()
        with tenancy.shared():
            schema = Tenant.objects.get(slug=seeded.slug).schema_name
            assert not Delivery.objects.filter(tenant=schema, done_at=None).exists()

    def test_shows_a_shop_whose_orders_came_through_its_door(self, seeded, told):
        connection = Connection.objects.get()

        assert connection.kind == "push"
        assert connection.last_delivery_at is not None
        last = told.orders[-1].ordered_at.date()
        pushed = Order.objects.filter(origin="push").values_list("number", flat=True)
        assert set(pushed) == {order.number for order in told.orders if order.ordered_at.date() == last}

    def test_keeps_what_was_said_under_its_own_date(self, seeded, told):
        rows = Consent.objects.values_list("contact__email", "is_given", "ground", "happened_at")

        talked = rows.exclude(ground="unsubscribe link")  # what a campaign's reader did is no talk
        assert set(talked) == {(word.email, word.is_given, word.ground, word.at) for word in told.words}
        assert Note.objects.count() == len(told.remarks)
        assert Contact.objects.exclude(tags=[]).count() == len({email for email, _ in told.tags})

    def test_changes_nothing_when_repeated(self, seeded):
        before = counts()

        seeding.seed(shop=seeded, at=timezone.now() + timedelta(hours=2), say=lambda line: None)

        assert counts() == before


class TestSeedAgain:
    def test_goes_on_after_it_died_half_way(self, book_shop):
        shop = smaller(book_shop, shoppers=SHOPPERS // 3)

        def die(line):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            seeding.seed(shop=shop, at=timezone.now(), say=die)
        assert not seeding.is_seeded(shop=shop)

        seeding.seed(shop=shop, at=timezone.now(), say=lambda line: None)

        assert seeding.is_seeded(shop=shop)
        with tenancy.opened(book_shop.schema_name):
            assert Order.objects.count() == len(story.told(shop=shop, at=book_shop.subscribed_at).orders)
            assert Connection.objects.count() == 1
