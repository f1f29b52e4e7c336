from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from regulars.crm_core.commerce import orders, queries
from regulars.crm_core.commerce.canonical import Gone, OrderStatus
from regulars.crm_core.commerce.queries import Filter, Sort
from tests.factories import commerce
from tests.factories.commerce import NOON, OTHER_SHOP, SHOP, buyer, line, order, source

pytestmark = pytest.mark.usefixtures("tenant")


def taken(*, connection_id=SHOP, days=0, **more):
    told = order(ordered_at=NOON + timedelta(days=days), **more)
    return orders.take(order=told, source=source(connection_id=connection_id), at=NOON).order


def numbers(sort=Sort.NEWEST, **where):
    page = queries.page(where=Filter(**where), sort=sort, cursor=None, size=25)
    return [each.number for each in page.rows]


class TestPage:
    def test_runs_by_time_and_by_total(self):
        taken(number="A", days=1, lines=(line("5.00"),))
        taken(number="B", days=2, lines=(line("1.00"),))

        assert numbers() == ["B", "A"]
        assert numbers(Sort.TOTAL) == ["A", "B"]

    def test_filters(self):
        done = taken(number="A", status=OrderStatus.COMPLETED, days=-9)
        taken(number="B", connection_id=OTHER_SHOP, customer=buyer("bea@example.com", first_name="Bea"))

        assert numbers(status=OrderStatus.COMPLETED) == ["A"]
        assert numbers(connection_id=UUID(OTHER_SHOP)) == ["B"]
        assert numbers(contact_id=done.contact_id) == ["A"]
        assert numbers(since=NOON) == ["B"]
        assert numbers(words="bea") == ["B"]
        assert numbers(words="#A") == ["A"]
        assert numbers(words="%") == []

    def test_leaves_out_what_is_gone(self):
        made = taken(number="A")
        gone = Gone(kind="order", external_id=made.external_id)
        orders.gone(gone=gone, source=commerce.source(), at=NOON)

        assert numbers() == []
        assert queries.found_one(made.pk).gone_at is not None

    def test_reads_contacts_along(self, django_assert_num_queries):
        for number in range(3):
            taken(customer=buyer(f"{number}@example.com"))

        with django_assert_num_queries(1):
            page = queries.page(where=Filter(), sort=Sort.NEWEST, cursor=None, size=25)
            assert {each.contact.email for each in page.rows} == {f"{n}@example.com" for n in range(3)}


def test_an_order_that_is_not_there_is_refused():
    with pytest.raises(queries.UnknownOrder):
        queries.found_one(uuid4())
