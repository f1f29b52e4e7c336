from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from regulars.crm_core.commerce import orders
from regulars.crm_core.commerce.canonical import Gone, OrderKind, OrderStatus
from regulars.platform import tenancy
from tests.factories import commerce
from tests.factories.commerce import line, refund
from tests.web.conftest import told, words

LIST_STATEMENTS = 12
LIST_BYTES = 60 * 1024


def titles(answer):
    return [row["title"] for row in answer.context["page"]["rows"]]


class TestIndex:
    def test_leads_a_fresh_tenant_to_the_next_step(self, staff):
        assert "No orders yet" in words(staff.get("/orders/"))

    def test_lists_the_newest_first(self, staff, bought):
        bought(number="older", days_ago=3)
        bought(number="newer", days_ago=1)

        assert titles(staff.get("/orders/")) == ["#newer", "#older"]

    def test_sorts_by_total(self, staff, bought):
        bought(number="small", goods="1.00", days_ago=1)
        bought(number="large", goods="9.00", days_ago=3)

        assert titles(staff.get("/orders/?sort=total")) == ["#large", "#small"]

    @pytest.mark.parametrize("query", ["words=%23A-1", "words=A-1", "words=ana@example.com", "words=ray+ana"])
    def test_finds_by_number_address_and_name(self, staff, bought, query):
        bought("ana@example.com", number="A-1")
        bought("bea@example.com", number="A-12", name=("Bea", "Lund"))

        assert titles(staff.get(f"/orders/?{query}")) == ["#A-1"]

    def test_filters_by_status_period_and_shop(self, staff, bought, shop):
        bought(number="done", status=OrderStatus.COMPLETED, days_ago=40)
        bought(number="open", days_ago=1)

        assert titles(staff.get("/orders/?status=completed")) == ["#done"]
        assert titles(staff.get("/orders/?period=30")) == ["#open"]
        assert len(titles(staff.get(f"/orders/?shop={shop.pk}"))) == 2
        assert titles(staff.get(f"/orders/?shop={uuid4()}")) == []

    def test_shows_refunds_beside_the_total(self, staff, bought):
        bought(refunds=(refund("4.00"),))

        assert "€4.00 refunded" in words(staff.get("/orders/"))

    def test_names_who_ordered_without_an_address(self, staff, bought):
        bought(email=None)

        assert "No customer" in words(staff.get("/orders/"))

    def test_answers_htmx_with_the_rows_alone(self, staff, bought):
        bought()

        answer = staff.get("/orders/?words=ana", headers={"hx-request": "true"})

        assert words(answer).strip().startswith('<div id="order-rows"')

    @pytest.mark.parametrize("query", ["status=x", "period=x", "shop=x", "sort=x"])
    def test_does_not_mind_what_nobody_knows(self, staff, query):
        assert staff.get(f"/orders/?{query}").status_code == 200

    def test_keeps_to_its_budget(self, staff, bought_many, django_assert_max_num_queries):
        bought_many(*(told(f"{number}@example.com", refunds=(refund("1.00"),)) for number in range(26)))

        with django_assert_max_num_queries(LIST_STATEMENTS):
            answer = staff.get("/orders/")

        assert len(answer.content) < LIST_BYTES


class TestShow:
    def test_adds_up_from_the_items_to_what_is_left(self, staff, bought):
        order = bought(
            lines=(line("20.00", quantity="2"), line("5.00")),
            shipping=Decimal("4.00"),
            tax=Decimal("1.00"),
            refunds=(refund("10.00", reason="chipped"),),
        )

        answer = staff.get(f"/orders/{order.pk}/")

        sums = {each["label"]: each["value"] for each in answer.context["sums"]}
        assert sums == {
            "Items": "€25.00",
            "Shipping": "€4.00",
            "Tax": "€1.00",
            "Total": "€30.00",
            "Refunded": "\N{MINUS SIGN}€10.00",
            "After refunds": "€20.00",
        }
        assert "chipped" in words(answer)
        assert f"/customers/{order.contact_id}/" in words(answer)

    def test_tells_how_its_status_changed(self, staff, bought, shop, tea_shop):
        placed = timezone.now() - timedelta(days=2)
        told = commerce.order(status=OrderStatus.PENDING, ordered_at=placed, changed_at=placed)
        later = replace(told, status=OrderStatus.COMPLETED, changed_at=placed + timedelta(hours=1))
        with tenancy.opened(tea_shop.schema_name):
            source = commerce.source(connection_id=str(shop.pk))
            for version in (told, later):
                order = orders.take(order=version, source=source, at=timezone.now()).order

        events = staff.get(f"/orders/{order.pk}/").context["events"]

        assert [str(event["title"]) for event in events] == ["Changed", "Placed"]
        assert events[0]["body"] == "From “Awaiting payment” to “Completed”, told by the shop"

    def test_says_why_there_is_no_customer(self, staff, bought):
        order = bought(email=None)

        assert "without an e-mail address, so it belongs to no customer" in words(
            staff.get(f"/orders/{order.pk}/")
        )

    def test_says_what_counts_nowhere(self, staff, bought):
        waiting, tried = bought(status=OrderStatus.PENDING), bought(is_test=True)

        assert "the order counts nowhere" in words(staff.get(f"/orders/{waiting.pk}/"))
        assert "This is a test order" in words(staff.get(f"/orders/{tried.pk}/"))

    def test_says_that_no_rate_was_known(self, staff, bought):
        order = bought(currency="USD")

        assert "No rate for USD was known" in words(staff.get(f"/orders/{order.pk}/"))

    def test_shows_one_that_is_gone(self, staff, bought, shop, tea_shop):
        order = bought()
        with tenancy.opened(tea_shop.schema_name):
            gone = Gone(kind="order", external_id=order.external_id)
            source = commerce.source(connection_id=str(shop.pk))
            orders.gone(gone=gone, source=source, at=timezone.now())

        assert "The shop has removed this order" in words(staff.get(f"/orders/{order.pk}/"))
        assert titles(staff.get("/orders/?words=nothing")) == []

    def test_names_a_credit_note(self, staff, bought):
        order = bought(number="C5", kind=OrderKind.CREDIT, lines=(line("-3.00"),))

        assert "Credit note #C5" in words(staff.get(f"/orders/{order.pk}/"))

    def test_knows_no_order_of_another_tenant(self, staff, book_shop):
        with tenancy.opened(book_shop.schema_name):
            stranger = orders.take(order=commerce.order(), source=commerce.source(), at=timezone.now()).order

        assert staff.get(f"/orders/{stranger.pk}/").status_code == 404
