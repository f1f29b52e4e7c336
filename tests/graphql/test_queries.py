"""What comes back: connections, nested ones, aliases, fragments, single rows; the same as REST says."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from regulars.crm_core.commerce.models import Order
from regulars.graphql import node_ids
from regulars.platform import ids, tenancy
from tests.rest.conftest import NOON, make_customer, make_order

NESTED = """
query Nested($n: Int!) {
  customers(first: $n) {
    nodes { name orders(first: 2) { totalCount nodes { number lines(first: 1) { nodes { title quantity } } } } }
  }
}
"""


class TestConnection:
    def test_reads_customers_orders_and_lines_in_one_request(self, partner, world):
        found = partner.data(NESTED, n=1)["customers"]["nodes"]

        line = {"nodes": [{"title": "Tea 0", "quantity": "1"}]}
        orders = [{"number": "22", "lines": line}, {"number": "21", "lines": line}]
        assert found == [{"name": "Tea Person2", "orders": {"totalCount": 3, "nodes": orders}}]

    def test_walks_every_row_once_by_its_cursor(self, partner, world):
        query = """query($after: String) { customers(first: 2, after: $after) {
            edges { cursor node { name } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount } }"""
        first = partner.data(query)["customers"]
        rest = partner.data(query, after=first["pageInfo"]["endCursor"])["customers"]

        names = [edge["node"]["name"] for page in (first, rest) for edge in page["edges"]]
        assert names == ["Tea Person2", "Tea Person1", "Tea Person0"]
        assert [page["pageInfo"]["hasNextPage"] for page in (first, rest)] == [True, False]
        assert [page["pageInfo"]["hasPreviousPage"] for page in (first, rest)] == [False, True]
        assert first["pageInfo"]["endCursor"] == first["edges"][-1]["cursor"]
        assert first["totalCount"] == rest["totalCount"] == 3

    def test_of_a_parent_reads_on_from_its_own_cursor(self, partner, world):
        query = """query($id: ID!, $after: String) { customer(id: $id) { orders(first: 2, after: $after) {
            nodes { number } pageInfo { endCursor hasNextPage } } } }"""
        first = partner.data(query, id=world.customer)["customer"]["orders"]
        rest = partner.data(query, id=world.customer, after=first["pageInfo"]["endCursor"])["customer"][
            "orders"
        ]

        assert [order["number"] for page in (first, rest) for order in page["nodes"]] == ["22", "21", "20"]
        assert [first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]] == [True, False]

    @pytest.mark.parametrize("first", [0, -1, 101, 2**31 - 1])
    def test_holds_one_to_a_hundred_rows(self, partner, world, first):
        assert (
            partner.refused("query($n: Int!) { customers(first: $n) { nodes { id } } }", n=first)
            == "bad_first"
        )

    def test_asks_how_many(self, partner, world):
        assert partner.refused("{ customers { nodes { id } } }") == "invalid_query"

    def test_takes_no_cursor_of_another_list_filter_or_tenant(self, partner, rival, world):
        query = "{ orders(first: 1, status: COMPLETED) { pageInfo { endCursor } } }"
        cursor = partner.data(query)["orders"]["pageInfo"]["endCursor"]

        for asked, asks in (
            ("orders(first: 1, after: $c)", partner),
            ("orders(first: 1, status: PENDING, after: $c)", partner),
            ("customers(first: 1, after: $c)", partner),
            ("orders(first: 1, status: COMPLETED, after: $c)", rival),
        ):
            assert asks.refused("query($c: String) { %s { nodes { id } } }" % asked, c=cursor) == "bad_cursor"

    def test_is_empty_where_there_is_nothing(self, partner):
        query = (
            "{ customers(first: 5) { nodes { id } edges { node { id } } totalCount pageInfo { endCursor } } }"
        )

        assert partner.data(query) == {
            "customers": {"nodes": [], "edges": [], "totalCount": 0, "pageInfo": {"endCursor": None}}
        }


class TestFilters:
    @pytest.mark.parametrize(
        ("given", "names"),
        [
            ('email: "P1@Example.com"', ["Tea Person1"]),
            ('words: "person0 tea"', ["Tea Person0"]),
            ("stage: LEAD", []),
            ('updatedAfter: "2026-03-01T12:02:00Z"', ["Tea Person2"]),
        ],
    )
    def test_of_customers(self, partner, world, given, names):
        found = partner.data("{ customers(first: 9, %s) { nodes { name } } }" % given)["customers"]["nodes"]
        assert [each["name"] for each in found] == names

    @pytest.mark.parametrize(
        ("given", "count"),
        [
            ('number: "21"', 1),
            ("status: COMPLETED", 9),
            ("status: PENDING", 0),
            ('orderedAfter: "2026-03-01T12:20:00Z"', 3),
            ('orderedBefore: "2026-03-01T12:20:00"', 6),
            ("customer: $id", 3),
        ],
    )
    def test_of_orders(self, partner, world, given, count):
        declared = "query($id: ID!)" if "$id" in given else "query"
        found = partner.data(declared + "{ orders(first: 9, %s) { totalCount } }" % given, id=world.customer)
        assert found["orders"]["totalCount"] == count

    def test_take_no_time_that_is_none(self, partner, world):
        assert partner.refused('{ orders(first: 9, orderedAfter: "soon") { totalCount } }') == "invalid_query"


class TestAliases:
    def test_keep_the_same_field_with_other_arguments_apart(self, partner, world):
        query = """{ customers(first: 1) { nodes { few: orders(first: 1) { nodes { number } }
            many: orders(first: 3) { nodes { n: number number } } } } }"""

        [found] = partner.data(query)["customers"]["nodes"]

        assert found["few"] == {"nodes": [{"number": "22"}]}
        assert [order["n"] for order in found["many"]["nodes"]] == ["22", "21", "20"]

    def test_may_ask_for_the_same_rows_twice(self, partner, world):
        query = "{ customers(first: 1) { nodes { city } edges { node { name } } more: nodes { email } __typename } }"

        assert partner.data(query)["customers"] == {
            "nodes": [{"city": "Tea"}],
            "edges": [{"node": {"name": "Tea Person2"}}],
            "more": [{"email": "p2@example.com"}],
            "__typename": "CustomerConnection",
        }


class TestFragments:
    def test_are_resolved_before_planning_and_directives_with_them(self, partner, world):
        query = """query($no: Boolean!, $yes: Boolean!) { customers(first: 1) { ...page } }
            fragment page on CustomerConnection { nodes { ...who email @skip(if: $yes) ... on Customer @include(if: $no) { city } } }
            fragment who on Customer { name __typename orders(first: 1) @include(if: $yes) { nodes { number } } }"""

        [found] = partner.data(query, no=False, yes=True)["customers"]["nodes"]

        assert found == {
            "name": "Tea Person2",
            "__typename": "Customer",
            "orders": {"nodes": [{"number": "22"}]},
        }


class TestRow:
    def test_of_every_type_is_found_by_its_id(self, partner, world):
        for name, id_ in vars(world).items():
            query = "query($id: ID!) { %s(id: $id) { id } node(id: $id) { __typename id } }" % name
            expected = {name: {"id": id_}, "node": {"__typename": name.capitalize(), "id": id_}}
            assert partner.data(query, id=id_) == expected

    def test_shows_what_its_type_holds_behind_node(self, partner, world):
        query = "query($id: ID!) { node(id: $id) { ... on Order { number customer { name } } ... on Product { title } } }"

        assert partner.data(query, id=world.order)["node"] == {
            "number": "22",
            "customer": {"name": "Tea Person2"},
        }

    def test_is_null_with_a_code_when_there_is_none(self, partner, world):
        unknown = node_ids.written("Order", ids.new())
        answer = partner.post("query($id: ID!) { order(id: $id) { id } node(id: $id) { id } }", id=unknown)

        assert answer.status_code == 200
        assert answer.json()["data"] == {"order": None, "node": None}
        assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["not_found"] * 2

    @pytest.mark.parametrize(
        "id_", ["", "x", "Order:1", "T3JkZXI6MQ", "😀", "a" * 500, node_ids.written("Role", UUID(int=1))]
    )
    def test_has_no_id_that_we_did_not_give(self, partner, world, id_):
        assert partner.refused("query($id: ID!) { node(id: $id) { id } }", id=id_) == "bad_id"

    def test_of_another_type_is_not_taken(self, partner, world):
        assert partner.refused("query($id: ID!) { customer(id: $id) { id } }", id=world.order) == "bad_id"

    def test_that_was_merged_answers_with_the_one_who_stayed(self, partner, world, tea_shop):
        _type, kept = node_ids.opened(world.customer)
        with tenancy.opened(tea_shop.schema_name):
            gone = make_customer("Gone", email="", merged_into_id=kept)
        query = "query($id: ID!) { customer(id: $id) { id mergedInto } node(id: $id) { ... on Customer { mergedInto } } }"

        found = partner.data(query, id=node_ids.written("Customer", gone.pk))

        assert found["customer"] == {"id": world.customer, "mergedInto": world.customer}
        assert found["node"] == {"mergedInto": world.customer}
        assert partner.data(query, id=world.customer)["customer"]["mergedInto"] is None


class TestAmounts:
    def test_are_exact_and_say_their_currency(self, partner, tea_shop):
        with tenancy.opened(tea_shop.schema_name):
            made = make_order(currency="JPY", total=Decimal("1200"), lines=[("Tea", "3.5")])
            Order.objects.filter(pk=made.pk).update(tax=Decimal("0.0001"))
        query = "{ orders(first: 1) { nodes { total { amount currency } tax { a: amount } orderedAt customer { id } } } }"

        assert partner.data(query)["orders"]["nodes"] == [
            {
                "total": {"amount": "1200", "currency": "JPY"},
                "tax": {"a": "0.0001"},
                "orderedAt": "2026-03-01T12:00:00Z",
                "customer": None,
            }
        ]

    def test_agree_with_rest(self, partner, world):
        rest = partner.client.get(
            "/api/v1/customers", headers={"authorization": f"Bearer {partner.key}"}
        ).json()
        query = """{ customers(first: 9) { nodes { email ordersCount stage updatedAt appearedAt
            totalSpent { amount currency } spentElsewhere { amount } } } }"""

        for ours, theirs in zip(partner.data(query)["customers"]["nodes"], rest["results"], strict=True):
            assert ours["totalSpent"] == theirs["total_spent"]
            assert ours["stage"] == theirs["stage"].upper()
            assert (ours["updatedAt"], ours["ordersCount"]) == (theirs["updated_at"], theirs["orders_count"])


class TestLists:
    def test_leave_out_what_is_gone_or_was_taken_back(self, partner, world, tea_shop):
        with tenancy.opened(tea_shop.schema_name):
            Order.objects.filter(number="22").update(gone_at=NOON + timedelta(days=1))
        query = "{ orders(first: 1) { totalCount nodes { number refunds(first: 9) { totalCount nodes { amount { amount } } } } } }"

        found = partner.data(query)["orders"]

        assert (found["totalCount"], found["nodes"][0]["number"]) == (8, "21")
        refunds = found["nodes"][0]["refunds"]
        assert (refunds["totalCount"], [each["amount"]["amount"] for each in refunds["nodes"]]) == (
            2,
            ["1.00", "2.00"],
        )

    def test_of_campaigns_count_their_mails(self, partner, world):
        query = "{ campaigns(first: 1) { nodes { name state segment { name } results { recipients sent inflight: pending opened } } } }"

        assert partner.data(query)["campaigns"]["nodes"] == [
            {
                "name": "Tea mail",
                "state": "DRAFT",
                "segment": {"name": "Tea lovers"},
                "results": {"recipients": 3, "sent": 1, "inflight": 1, "opened": 3},
            }
        ]
