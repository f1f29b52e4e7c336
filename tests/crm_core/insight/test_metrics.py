from datetime import UTC, datetime
from decimal import Decimal

import pytest

from regulars.crm_core.customers.models import Contact
from regulars.crm_core.insight import assumptions, metrics
from regulars.crm_core.insight.models import Assumptions, CustomerMetrics, Stage
from regulars.platform import ids
from tests.crm_core.insight.rows import NOON, days_ago, entry, order, person

pytestmark = pytest.mark.usefixtures("tenant")


def of(contact):
    metrics.recompute(contacts=[contact.pk], at=NOON)
    return CustomerMetrics.objects.get(contact=contact)


def margin(percent):
    Assumptions.objects.create(pk=1, margin_percent=Decimal(percent))


class TestRecompute:
    def test_counts_orders_and_adds_up_the_ledger(self):
        ada = person()
        order(ada, at=days_ago(30), goods="40", shipping="5", tax="9")
        order(ada, at=days_ago(10), goods="20", refund="-8")
        order(ada, at=days_ago(1), goods="0", is_counted=False)

        figures = of(ada)

        assert figures.orders_count == 2
        assert figures.total_spent == Decimal(66)
        assert figures.refunded == Decimal(8)
        assert (figures.first_order_at, figures.last_order_at) == (days_ago(30), days_ago(10))
        assert figures.computed_at == NOON

    def test_takes_a_credit_off_without_counting_it_as_an_order(self):
        ada = person()
        order(ada, goods="40")
        order(ada, goods="-15", kind="credit")

        figures = of(ada)

        assert (figures.orders_count, figures.total_spent, figures.refunded) == (1, 25, 15)

    def test_knows_of_nobody_else(self):
        ada, bo = person("Ada Reed"), person("Bo Lind")
        order(ada, goods="40")
        order(bo, goods="7")
        order(None, goods="1000")

        metrics.recompute(contacts=[ada.pk], at=NOON)

        assert CustomerMetrics.objects.get().total_spent == Decimal(40)

    def test_of_everybody_gives_the_same_as_one_by_one(self):
        everybody = [person(name) for name in ("Ada Reed", "Bo Lind", "Cy Marsh")]
        margin("30")
        for number, contact in enumerate(everybody[:2]):
            order(contact, at=days_ago(50 + number), goods="40", shipping="5")
            order(contact, at=days_ago(20), goods="9.99", cost="3", refund="-4.5")
        columns = [field.attname for field in CustomerMetrics._meta.fields]
        for contact in everybody:
            of(contact)
        one_by_one = list(CustomerMetrics.objects.order_by("pk").values_list(*columns))
        CustomerMetrics.objects.all().delete()

        assert metrics.recompute(contacts=None, at=NOON) == 3

        assert list(CustomerMetrics.objects.order_by("pk").values_list(*columns)) == one_by_one

    def test_again_changes_nothing_and_resets_who_lost_every_order(self):
        ada = person()
        gone = order(ada, goods="40")
        first, second = of(ada), of(ada)
        gone.is_counted = False
        gone.save()
        entry(gone, "item", "-40")

        third = of(ada)

        assert first.total_spent == second.total_spent == 40
        assert (third.orders_count, third.total_spent, third.last_order_at) == (0, 0, None)
        assert third.stage == Stage.LEAD

    def test_passes_over_contacts_that_do_not_exist(self):
        assert metrics.recompute(contacts=[ids.new()], at=NOON) == 0
        assert metrics.recompute(contacts=[], at=NOON) == 0

    def test_lists_amounts_without_a_rate_apart(self):
        ada = person()
        bought = order(ada, goods="40")
        entry(bought, "item", "99.5", currency="USD", is_rated=False)
        entry(bought, "refund", "-9.5", currency="USD", is_rated=False)
        entry(bought, "item", "5", currency="SEK", is_rated=False)
        entry(bought, "refund", "-5", currency="SEK", is_rated=False)

        figures = of(ada)

        assert figures.total_spent == 40
        assert {key: Decimal(text) for key, text in figures.elsewhere.items()} == {"USD": Decimal(90)}


class TestAverageGap:
    def test_runs_over_the_days_somebody_ordered_on(self):
        ada = person()
        for days in (70, 30, 30, 10):
            order(ada, at=days_ago(days))

        assert of(ada).average_gap_days == Decimal(30)  # 70 to 10 in two steps

    def test_is_unknown_with_one_order_day(self):
        ada = person()
        order(ada, at=days_ago(30))
        order(ada, at=days_ago(30))

        assert of(ada).average_gap_days is None

    def test_reads_the_calendar_in_the_zone_of_the_tenant(self):
        ada = person()
        # One evening in UTC, two days in Berlin.
        order(ada, at=datetime(2026, 6, 1, 21, 30, tzinfo=UTC))
        order(ada, at=datetime(2026, 6, 1, 22, 30, tzinfo=UTC))

        assert of(ada).average_gap_days == Decimal(1)


class TestProfit:
    def test_is_the_goods_money_less_their_cost(self):
        ada = person()
        order(ada, goods="40", cost="15", shipping="5", tax="9")

        figures = of(ada)

        assert (figures.profit, figures.profit_is_estimated) == (Decimal(25), False)

    def test_is_unknown_while_neither_cost_nor_margin_is(self):
        ada = person()
        order(ada, goods="40", cost="15")
        order(ada, goods="10")

        figures = of(ada)

        assert (figures.profit, figures.profit_is_estimated) == (None, False)

    def test_is_estimated_for_goods_without_a_cost_only(self):
        ada = person()
        margin("30")
        order(ada, goods="40", cost="15")
        order(ada, goods="10")

        figures = of(ada)

        assert (figures.profit, figures.profit_is_estimated) == (Decimal(28), True)

    def test_loses_the_goods_share_of_a_refund_but_no_cost(self):
        ada = person()
        order(ada, goods="80", cost="30", shipping="10", tax="10", refund="-50")

        assert of(ada).profit == Decimal(80 - 30 - 40)

    def test_is_nobodys_without_goods(self):
        assert of(person()).profit is None


class TestMerges:
    def test_unlist_who_was_folded_away_and_list_who_was_released(self):
        kept, absorbed = person("Ada Reed"), person("Bo Lind")
        for contact in (kept, absorbed):
            order(contact)
        metrics.recompute(contacts=None, at=NOON)
        Contact.objects.filter(pk=absorbed.pk).update(merged_into=kept)
        absorbed.orders.update(contact=kept)

        metrics.recompute_family(contact=kept.pk, at=NOON)

        listed = CustomerMetrics.objects.get(is_listed=True)
        assert (listed.contact_id, listed.orders_count) == (kept.pk, 2)
        assert CustomerMetrics.objects.get(is_listed=False).total_spent == 0

        Contact.objects.filter(pk=absorbed.pk).update(merged_into=None)
        assert metrics.recompute_released(at=NOON) == 1
        assert CustomerMetrics.objects.filter(is_listed=True).count() == 2


class TestSetMargin:
    def test_is_followed_by_new_profits(self, tenant):
        from regulars.platform.facts import facts

        ada = person()
        order(ada, at=days_ago(30), goods="40")
        of(ada)

        assumptions.set_margin(percent=Decimal("25"), at=NOON)
        facts.work(at=NOON)

        assert assumptions.margin() == Decimal(25)
        assert CustomerMetrics.objects.get().profit == Decimal(10)

    @pytest.mark.parametrize("percent", ["-1", "100.01", "33.333", "NaN", "Infinity"])
    def test_refuses_what_is_no_percentage_and_changes_nothing(self, percent):
        with pytest.raises(assumptions.NotAPercentage):
            assumptions.set_margin(percent=Decimal(percent), at=NOON)

        assert assumptions.margin() is None
