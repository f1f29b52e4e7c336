"""Several workers take orders at the same moment, each in a transaction of its own."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from regulars.crm_core.commerce import orders
from regulars.crm_core.commerce.models import Order, Product, SaleEntry
from regulars.crm_core.customers import contacts
from regulars.crm_core.customers.models import Contact, Link
from regulars.crm_core.insight.models import CustomerMetrics
from regulars.platform import tenancy
from regulars.platform.facts import facts
from regulars.platform.facts.models import Fact
from tests.factories.commerce import NOON, buyer, order, refund, source
from tests.together import at_once

WORKERS = 6


@pytest.fixture
def tenant(new_tenant):
    with tenancy.opened(new_tenant(currency="EUR").schema_name):
        yield tenancy.current()


def taking(told):
    return lambda: orders.take(order=told, source=source(), at=NOON).outcome


class TestTakeAtOnce:
    def test_makes_one_order_of_equal_deliveries(self, tenant):
        outcomes = at_once(tenant, *[taking(order(external_id="1", number="1", lines=()))] * WORKERS)

        assert sorted(outcomes) == ["new"] + ["unchanged"] * (WORKERS - 1)
        assert (Order.objects.count(), Fact.objects.filter(name="order.placed").count()) == (1, 1)

    def test_makes_one_contact_and_one_product_of_a_new_buyers_orders(self, tenant):
        at_once(tenant, *[taking(order()) for _ in range(WORKERS)])

        assert Order.objects.count() == WORKERS
        assert Contact.objects.get().orders.count() == WORKERS
        assert (Link.objects.count(), Product.objects.count()) == (1, 1)

    def test_lets_batches_that_meet_wait_for_each_other(self, tenant):
        told = [order(customer=buyer(f"b{number}@example.com")) for number in range(20)]
        parts = [told, list(reversed(told)), told[5:] + told[:5]]

        at_once(
            tenant,
            *[lambda part=part: orders.take_many(orders=part, source=source(), at=NOON) for part in parts],
        )

        assert (Order.objects.count(), Contact.objects.count()) == (20, 20)
        assert sum(SaleEntry.objects.values_list("amount", flat=True)) == 200

    def test_holds_the_newest_of_versions_that_race(self, tenant):
        first = order()
        versions = [
            replace(
                first,
                changed_at=NOON + timedelta(seconds=number),
                refunds=(refund(str(number)),),
            )
            for number in range(1, WORKERS + 1)
        ]

        at_once(tenant, *[taking(each) for each in versions])

        assert sum(SaleEntry.objects.values_list("amount", flat=True)) == Decimal(10 - WORKERS)

    def test_leaves_no_order_with_a_contact_that_a_merge_took(self, tenant):
        kept = contacts.at_address(email="kept@example.com", evidence="form", at=NOON)
        absorbed = contacts.at_address(email="old@example.com", evidence="form", at=NOON)

        at_once(
            tenant,
            lambda: contacts.merge(keep=kept.pk, absorb=absorbed.pk, at=NOON),
            *[taking(order(customer=buyer("old@example.com"))) for _ in range(WORKERS)],
        )

        assert set(Order.objects.values_list("contact", flat=True)) == {kept.pk}


class TestFollowers:
    def test_keep_the_figures_of_what_was_taken_at_once(self, tenant):
        told = [order(customer=buyer(f"b{number % 3}@example.com")) for number in range(9)]
        orders.take_many(orders=told, source=source("backfill"), at=NOON)

        facts.work(at=NOON + timedelta(minutes=1))

        assert list(CustomerMetrics.objects.values_list("orders_count", "total_spent")) == [(3, 30)] * 3

    def test_blank_the_orders_of_somebody_redacted(self, tenant):
        row = orders.take(order=order(), source=source(), at=NOON).order
        contacts.redact(contact=row.contact_id, at=NOON)

        facts.work(at=NOON + timedelta(minutes=1))

        row.refresh_from_db()
        assert (row.email, row.buyer_name) == (f"erased-{row.pk.hex}@erased.invalid", "")

    def test_move_the_figures_with_an_order(self, tenant):
        told = order()
        orders.take(order=told, source=source(), at=NOON)
        later = NOON + timedelta(minutes=1)
        orders.take(
            order=replace(told, changed_at=later, customer=buyer("bea@example.com")),
            source=source(),
            at=later,
        )

        facts.work(at=later + timedelta(minutes=1))

        spent = CustomerMetrics.objects.values_list("contact__email", "total_spent")
        assert dict(spent) == {"ana@example.com": 0, "bea@example.com": 10}
