"""A key of one tenant with the ids of another's: nothing of the other's comes back, on any route.

Made from the table of URLs, so that a new route fails here until it says how it is asked.
"""

from decimal import Decimal

import pytest

from regulars.platform import ids, tenancy
from regulars.rest.urls import urlpatterns
from tests.rest.conftest import make_customer, make_order

OPEN = {"openapi", "docs", "nothing"}  # answer without a key and read no tenant
CANARY = "Zaunkönig"
CONNECTION = ids.new()

# Route -> queries (all that the route takes) that find the canary for its own tenant.
ASKED = {
    "customers": [
        {},
        {"email": "same@example.com"},
        {"words": "person same@"},
        {"stage": "loyal"},
        {"updated_after": "2020-01-01T00:00:00Z"},
    ],
    "customer": [{}],
    "orders": [
        {},
        {"number": "1001"},
        {"customer": "{customer}"},
        {"status": "completed"},
        {"connection": str(CONNECTION)},
        {"ordered_after": "2020-01-01T00:00:00Z", "ordered_before": "2030-01-01T00:00:00Z"},
    ],
    "order": [{}],
}
ROUTES = {
    pattern.name: f"/{pattern.pattern}".replace("<uuid:customer_id>", "{customer}").replace(
        "<uuid:order_id>", "{order}"
    )
    for pattern in urlpatterns
    if pattern.name not in OPEN
}


def fill(shop, word):
    """The same address, number and connection in each tenant; ``word`` in every text."""
    with tenancy.opened(shop.schema_name):
        figures = {"orders_count": 1, "stage": "loyal", "total_spent": Decimal("1")}
        person = make_customer(
            f"{word} Person", email="same@example.com", figures=figures, company=word, city=word, tags=[word]
        )
        order = make_order(
            "1001",
            contact=person,
            connection_id=CONNECTION,
            buyer_name=word,
            email="same@example.com",
            payment_method=word,
            lines=[(word, "1")],
            refunds=[("1", None)],
        )
        return {"customer": str(person.pk), "order": str(order.pk)}


@pytest.fixture
def theirs(tea_shop):
    """Ids of the rows that must not be seen."""
    return fill(tea_shop, CANARY)


@pytest.fixture
def ours(book_shop):
    return fill(book_shop, "Amsel")


def asked(partner, route, query, ids_):
    filled = {name: value.format(**ids_) for name, value in query.items()}
    return partner.get(ROUTES[route].format(**ids_), **filled)


def test_every_route_is_asked():
    assert set(ROUTES) == set(ASKED)
    assert not [path for path in ROUTES.values() if "<" in path]


def test_every_parameter_is_asked():
    from regulars.rest.customers import CustomerParameters
    from regulars.rest.orders import OrderParameters

    for route, declared in (("customers", CustomerParameters), ("orders", OrderParameters)):
        used = {name for query in ASKED[route] for name in query}
        assert used | {"limit", "cursor"} == set(declared().fields)


CASES = [(route, query) for route, queries in ASKED.items() for query in queries]


@pytest.mark.parametrize(("route", "query"), CASES)
class TestAnotherTenants:
    def test_rows_are_seen_by_their_own(self, partner, theirs, ours, route, query):
        answer = asked(partner, route, query, theirs)

        assert answer.status_code == 200
        assert CANARY in answer.content.decode()
        assert "Amsel" not in answer.content.decode()

    @pytest.mark.parametrize("host", ["bookshop.localhost", "localhost", "127.0.0.1"])
    def test_rows_are_not_seen_by_others(self, rival, theirs, ours, route, query, host):
        rival.client.defaults["HTTP_HOST"] = host

        answer = asked(rival, route, query, theirs)

        assert CANARY not in answer.content.decode()
        for id_ in theirs.values():
            assert id_ not in answer.content.decode()
        if "{" in ROUTES[route]:
            assert answer.status_code == 404
        else:
            assert answer.status_code == 200
            expected = 0 if "customer" in query else 1
            assert len(answer.json()["results"]) == expected
