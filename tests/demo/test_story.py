"""The demo shops' history: believable, within the rules of a shop, and equal each time it is told."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from regulars.crm_core.commerce.canonical import OrderStatus
from regulars.demo import leafkiln, qinghe, seasons, story

AT = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
NO_REAL_MAIL = ("@example.com", "@example.org", "@example.net", ".example")
SHOPS = {shop.slug: shop for shop in (leafkiln.SHOP, qinghe.SHOP)}


@cache
def told_of(slug):
    """Told once a run, when the first test asks."""
    return story.told(shop=SHOPS[slug], at=AT)


@pytest.fixture(params=SHOPS, ids=SHOPS)
def shop(request):
    return SHOPS[request.param]


@pytest.fixture
def told(shop):
    return told_of(shop.slug)


def buyers(told):
    return Counter(order.customer.email for order in told.orders if order.customer and not order.is_test)


class TestTold:
    def test_is_the_same_each_time(self, shop, told):
        assert story.told(shop=shop, at=AT) == told

    def test_is_another_one_at_another_time(self, shop, told):
        assert story.told(shop=shop, at=AT + timedelta(days=1)).orders != told.orders

    def test_has_customers_and_history_enough(self, told):
        everybody = {customer.email for customer in told.customers} | set(buyers(told))

        assert len(everybody) >= 2000
        assert told.orders[-1].ordered_at - told.orders[0].ordered_at >= timedelta(days=550)
        assert 4000 <= len(told.orders) <= 8000

    def test_has_regulars_and_people_who_came_once(self, told):
        visits = buyers(told)

        assert 0.3 < sum(count > 1 for count in visits.values()) / len(visits) < 0.6
        assert max(visits.values()) >= 15

    def test_has_guests_and_orders_without_anybody(self, told):
        guests = [order for order in told.orders if order.customer and not order.customer.external_id]

        assert 0.1 < len(guests) / len(told.orders) < 0.35
        assert any(order.customer is None for order in told.orders)

    def test_has_people_who_registered_and_never_bought(self, told):
        assert {customer.email for customer in told.customers} - set(buyers(told))

    def test_has_everything_that_goes_wrong_in_a_shop(self, told):
        statuses = Counter(order.status for order in told.orders)

        assert min(statuses[each] for each in (OrderStatus.CANCELLED, OrderStatus.FAILED)) > 20
        assert statuses[OrderStatus.REFUNDED] > 20
        assert any(order.refunds and order.status is OrderStatus.COMPLETED for order in told.orders)
        assert sum(order.is_test for order in told.orders) == 3

    def test_has_foreign_money_with_and_without_a_rate(self, shop, told):
        rated = {each.currency: each.rate is not None for each in shop.foreign}
        count = Counter(order.currency for order in told.orders)

        assert set(count) == {shop.currency, *rated}
        assert set(rated.values()) == {True, False}
        assert count[shop.currency] > 0.9 * len(told.orders)

    def test_has_orders_of_today_and_none_of_the_future(self, shop, told):
        today = AT.astimezone(ZoneInfo(shop.time_zone)).date()
        days = [order.ordered_at.astimezone(ZoneInfo(shop.time_zone)).date() for order in told.orders]

        assert days[-1] == today
        assert max(order.ordered_at for order in told.orders) <= AT
        assert max(order.changed_at for order in told.orders) <= AT
        assert max(word.at for word in told.words) <= AT
        assert max(remark.at for remark in told.remarks) <= AT

    def test_has_consent_and_refusals_each_with_its_ground(self, shop, told):
        assert {word.is_given for word in told.words} == {True, False}
        assert {word.ground for word in told.words if word.is_given} == set(shop.consent_grounds)
        assert {word.ground for word in told.words if not word.is_given} == set(shop.refusal_grounds)

    def test_says_nothing_about_nobody(self, told):
        known = {customer.email for customer in told.customers} | {
            order.customer.email for order in told.orders if order.customer
        }

        assert {each.email for each in (*told.words, *told.remarks)} <= known
        assert {email for email, _ in told.tags} <= known

    def test_knows_the_cost_of_most_goods_but_not_of_all(self, told):
        known = sum(product.cost is not None for product in told.products)

        assert 0.8 * len(told.products) < known < len(told.products)


class TestNobodyIsReal:
    def test_every_address_is_reserved_for_examples(self, shop, told):
        addresses = {customer.email for customer in told.customers} | set(buyers(told)) | {shop.owner_email}

        assert [each for each in addresses if not each.endswith(NO_REAL_MAIL)] == []

    def test_every_telephone_number_is_nobodys(self, told):
        phones = {customer.phone for customer in told.customers} - {""}

        assert phones
        assert [each for each in phones if not each.startswith(("+44 7700 900", "+86 100 "))] == []


class TestOrders:
    def test_add_up_to_the_last_penny(self, told):
        for order in told.orders:
            parts = sum(line.total for line in order.lines) + order.shipping + order.fees + order.tax
            assert parts == order.total, order
            assert order.tax == sum(line.tax for line in order.lines)
            assert order.total > 0

    def test_give_back_no_more_than_was_paid(self, told):
        for order in told.orders:
            back = sum((refund.amount for refund in order.refunds), Decimal(0))
            assert back <= order.total
            assert (back == order.total) == (order.status is OrderStatus.REFUNDED)
            assert all(refund.refunded_at >= order.ordered_at for refund in order.refunds)

    def test_are_numbered_as_they_came(self, told):
        moments = [order.ordered_at for order in told.orders]

        assert moments == sorted(moments)
        assert [int(order.number) for order in told.orders] == list(range(10_001, 10_001 + len(told.orders)))

    def test_name_goods_of_the_shop(self, told):
        shelf = {product.external_id for product in told.products}

        assert {line.product_external_id for order in told.orders for line in order.lines} == shelf


class TestSeasons:
    def test_show_in_the_orders(self):
        sold = {
            slug: Counter(order.ordered_at.strftime("%Y-%m") for order in told_of(slug).orders)
            for slug in SHOPS
        }

        assert sold["leafkiln"]["2025-12"] > 1.4 * sold["leafkiln"]["2026-01"]
        assert sold["leafkiln"]["2025-12"] > 1.6 * sold["leafkiln"]["2025-08"]
        assert sold["qinghe"]["2026-06"] > 1.2 * sold["qinghe"]["2026-07"]
        assert sold["qinghe"]["2025-11"] > 1.3 * sold["qinghe"]["2025-10"]

    def test_double_eleven_is_the_busiest_time_of_the_chinese_shop(self):
        days = Counter(
            order.ordered_at.astimezone(ZoneInfo("Asia/Shanghai")).date()
            for order in told_of("qinghe").orders
        )

        assert days.most_common(1)[0][0] in {
            date(2025, 11, 10),
            date(2025, 11, 11),
            date(2026, 11, 10),
            date(2026, 11, 11),
        }

    def test_parcels_rest_at_the_spring_festival(self):
        days = Counter(
            order.ordered_at.astimezone(ZoneInfo("Asia/Shanghai")).date()
            for order in told_of("qinghe").orders
        )
        festival = date(2026, 2, 17)

        rest = sum(days[festival + timedelta(days=each)] for each in range(6))
        rush = sum(days[festival - timedelta(days=each)] for each in range(8, 14))

        assert rest * 3 < rush

    @pytest.mark.parametrize(("year", "day"), [(2024, 29), (2025, 28), (2026, 27), (2027, 26)])
    def test_know_black_friday(self, year, day):
        assert seasons.black_friday(year) == date(year, 11, day)

    def test_go_on_beyond_the_table_of_moons(self):
        for year in (2040, 2060):
            assert all(seasons.chinese(date(year, 1, 1) + timedelta(days=each)) > 0 for each in range(365))
