"""The attacks that graphql-cop tries, and a few more: each is refused with its own code, before the database."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from graphql import get_introspection_query

from regulars.graphql import cost, limits
from regulars.platform import buckets
from regulars.tenants import keys
from tests.graphql.attacks import ATTACKS
from tests.graphql.conftest import PATH
from tests.rest.conftest import key_for


@pytest.mark.parametrize("name", list(ATTACKS))
def test_it_is_refused_with_one_code_before_the_database(partner, name):
    query, code = ATTACKS[name]
    partner.data("{ __typename }")  # the key is known from now on

    with CaptureQueriesContext(connection) as captured:
        answer = partner.post(query, n=100)

    assert answer.status_code == 400
    assert {error["extensions"]["code"] for error in answer.json()["errors"]} == {code}
    assert len(answer.content) < 2_000
    assert [each["sql"] for each in captured if "customers_" in each["sql"]] == []


class TestTransport:
    def test_takes_no_batch(self, partner):
        answer = partner.send(json.dumps([{"query": "{ __typename }"}] * 10))

        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "batched")

    @pytest.mark.parametrize(
        "query", ["{ __typename }", 'mutation { contactUpdate(input: {id: "x"}) { userErrors { code } } }']
    )
    @pytest.mark.parametrize("accept", ["application/json", "text/html"])
    def test_takes_no_query_or_mutation_by_get(self, partner, query, accept):
        headers = {"authorization": f"Bearer {partner.key}", "accept": accept}
        answer = partner.client.get(PATH, {"query": query}, headers=headers)

        assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
        assert answer.json()["errors"][0]["extensions"]["code"] == "not_posted"

    @pytest.mark.parametrize(
        "kind",
        ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "application/graphql"],
    )
    def test_takes_json_alone(self, partner, kind):
        answer = partner.send("query={__typename}", kind=kind)

        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (415, "not_json")

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ("{", "unreadable"), ("null", "unreadable"), ('{"query": 1}', "unreadable"),
            ('{"query": "{ __typename }", "variables": []}', None),
            ('{"query": "{ __typename }", "variables": [1]}', "unreadable"),
            ('{"query": "{ __typename }", "operationName": 3}', "unreadable"),
            ('{"query": "{ __typename }", "variables": ' + "[" * 50_000 + "}", "unreadable"),
        ],
    )  # fmt: skip
    def test_tells_a_body_that_it_cannot_read(self, partner, body, code):
        errors = partner.send(body).json().get("errors")
        assert (errors[0]["extensions"]["code"] if errors else None) == code

    def test_takes_no_body_above_a_hundred_kilobytes(self, partner):
        answer = partner.send(json.dumps({"query": "{ __typename }" + " " * limits.MAX_BODY_BYTES}))

        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (413, "too_long")

    def test_shows_strangers_neither_schema_nor_suggestions_nor_traces(self, tea_shop):
        for query in (get_introspection_query(), "{ custumers }", "{ __typename }"):
            answer = Client(headers={"host": "teashop.localhost"}).post(
                PATH, json.dumps({"query": query}), content_type="application/json"
            )
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            assert answer.json() == {
                "errors": [
                    {
                        "message": "Send your API key as 'Authorization: Bearer rk_...'.",
                        "extensions": {"code": "key_missing"},
                    }
                ]
            }

    def test_tells_partners_no_trace(self, partner):
        assert set(partner.post("{ __typename }").json()) == {"data", "extensions"}
        assert set(partner.post("{ __typename }").json()["extensions"]) == {"cost"}


class TestExplorersAndGenerators:
    @pytest.mark.parametrize(
        "options",
        [
            {},
            {
                "specified_by_url": True,
                "directive_is_repeatable": True,
                "schema_description": True,
                "input_value_deprecation": True,
            },
        ],
    )
    def test_may_read_the_schema(self, partner, options):
        assert partner.data(get_introspection_query(**options))["__schema"]["queryType"]["name"] == "Query"


class TestKey:
    def test_needs_the_scope_of_every_type_it_reaches(self, partner, world, tea_shop):
        only = {scope: key_for(tea_shop, scopes=[scope]) for scope in keys.SCOPES}
        for query, needed in (
            ("{ customers(first: 1) { nodes { id } } }", "customers:read"),
            ("{ orders(first: 1) { nodes { lines(first: 1) { nodes { title } } } } }", "orders:read"),
            ("{ products(first: 1) { totalCount } }", "products:read"),
            ("{ segments(first: 1) { nodes { membersCount } } }", "segments:read"),
            ("{ campaigns(first: 1) { nodes { name } } }", "campaigns:read"),
        ):
            for scope, key in only.items():
                [error] = partner.post(query, key=key).json().get("errors", [None])
                assert (error and error["extensions"]["code"]) == (
                    None if scope == needed else "missing_scope"
                )
        deep = "{ orders(first: 1) { nodes { customer { id } } } }"
        assert partner.post(deep, key=only["orders:read"]).json()["data"] == {"orders": None}

    def test_in_a_url_is_refused(self, partner):
        answer = partner.send("{}", path=f"{PATH}?key={partner.key}")
        assert answer.json()["errors"][0]["extensions"]["code"] == "key_in_url"

    def test_must_match_the_tenants_host_and_names_the_tenant_on_the_public_one(self, partner, rival, world):
        query = "{ customers(first: 9) { totalCount } }"
        assert partner.refused(query, key=rival.key) == "wrong_host"
        partner.client.defaults["HTTP_HOST"] = "localhost"
        assert partner.data(query, key=rival.key)["customers"]["totalCount"] == 0
        assert partner.data(query)["customers"]["totalCount"] == 3

    def test_is_masked_from_what_breaks(self, partner, world, monkeypatch):
        def breaks(*args, **kwargs):
            raise RuntimeError("secret table customers_contact at 10.0.0.1")

        monkeypatch.setattr("regulars.graphql.planner.page", breaks)
        answer = partner.post("{ customers(first: 1) { nodes { id } } }")

        assert b"secret" not in answer.content
        [error] = answer.json()["errors"]
        assert error["extensions"]["code"] == "internal_error"
        assert len(error["extensions"]["errorId"]) == 32


class TestCost:
    def test_is_told_and_what_was_not_used_comes_back(self, partner, world):
        query = "{ customers(first: 50) { nodes { orders(first: 4) { nodes { lines(first: 3) { nodes { sku } } } } } } }"

        told = partner.post(query).json()["extensions"]["cost"]

        assert told.pop("available") >= 298
        assert told == {"requested": 17, "actual": 1, "maximum": cost.MAX_POINTS}

    def test_is_taken_from_the_bucket_of_rest(self, partner, world, monkeypatch):
        monkeypatch.setattr(buckets, "BUCKET_TOKENS", 3)
        monkeypatch.setattr(buckets, "TOKENS_PER_SECOND", 0.1)
        rest = {"authorization": f"Bearer {partner.key}"}
        assert partner.client.get("/api/v1/customers", headers=rest).status_code == 200
        assert partner.client.get("/api/v1/customers", headers=rest).status_code == 200

        answer = partner.post("{ orders(first: 100) { nodes { id } } }")

        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (
            429,
            "too_many_requests",
        )
        assert 9 <= int(answer.headers["Retry-After"]) <= 10
        assert answer.json()["extensions"]["cost"]["requested"] == 2
        assert answer.headers["RateLimit"].startswith('"key";r=1')


class TestScan:
    def test_refuses_nothing_that_is_allowed(self, partner, world):
        repeated = " ".join(["name"] * (limits.MAX_DUPLICATES + 1))
        spreads = "...a " * 20 + "... on Customer { city } " * 20 + "a: name @skip(if: false) "
        query = '{ customers(first: 1, words: "tea") { nodes { %s } } } # } name name {'

        assert partner.data(query % repeated)["customers"]["nodes"] == [{"name": "Tea Person2"}]
        fragment = " fragment a on Customer { __typename }"
        assert limits._scan(query % spreads + fragment) is None
        assert partner.refused(query % (repeated + " name")) == "too_many_duplicates"
