"""Every REST operation and parameter, every field, id and input of GraphQL, with another tenant's ids.

Enumerated from the OpenAPI document and the GraphQL schema; what a new argument is asked with is said in
``queries.py``.
"""

import json
from functools import partial

import pytest
from django.test import Client

from regulars.platform import buckets
from regulars.rest import schema as openapi
from tests.isolation import queries
from tests.isolation.calling import seen, tricks, undone
from tests.isolation.conftest import CANARY, OURS
from tests.isolation.planting import OWN, SAME


@pytest.fixture(autouse=True)
def _full_buckets(monkeypatch):
    monkeypatch.setattr(buckets, "_away_until", 0.0)
    buckets._local.clear()


class Program:
    """Holds a new key of one side; its headers try to slip another in."""

    def __init__(self, side, *, host=None, about=None):
        tricked = tricks(about) if about else {}
        held = {"host": host or side.host, "authorization": f"Bearer {side.make_key()}"}
        self.client = Client(headers={**tricked, **held})

    def get(self, path, query=None):
        return self.client.get(path, query or {})

    def asks(self, query, variables=None):
        body = json.dumps({"query": query, "variables": variables or {}})
        return self.client.post("/graphql/", body, content_type="application/json")


def operations():
    """(path, method, parameters) of everything that the OpenAPI document describes."""
    return [
        (path, method, each.get("parameters", []))
        for path, methods in openapi.described()["paths"].items()
        for method, each in methods.items()
    ]


class TestRest:
    def test_gives_another_tenants_rows_to_nobody(self, world, covered):
        intruder = Program(world.intruder, about=world.victim)
        strange = Program(world.intruder, host=world.victim.host)
        elsewhere = [
            Program(world.intruder, host=host, about=world.victim) for host in ("localhost", "127.0.0.1")
        ]
        asked = 0
        for path, method, parameters in operations():
            assert method == "get", f"{method} {path}: say in tests/isolation/queries.py how it is asked"
            theirs, shared = queries.path(path, world.victim, OWN), queries.path(path, world.intruder, SAME)
            for query in queries.of(parameters, world.victim, OWN):
                for program in (intruder, *elsewhere):
                    answer = undone(partial(program.get, theirs, query))
                    assert CANARY not in seen(answer), (path, query)
                    assert (answer.status_code == 404) == ("{" in path), (path, query, answer.content)
                asked += 1
            answer = intruder.get(shared)
            assert (answer.status_code, OURS in seen(answer), CANARY in seen(answer)) == (200, True, False), (
                path
            )
            assert strange.get(shared).status_code == 403, path
        covered(asked, "REST operations with each parameter")

    def test_gives_them_to_its_own(self, world):
        own = Program(world.victim)
        for path, _method, parameters in operations():
            for query in queries.of(parameters, world.victim, OWN):
                answer = own.get(queries.path(path, world.victim, OWN), query)
                assert (answer.status_code, CANARY in seen(answer)) == (200, True), (path, query)

    def test_takes_no_cursor_of_another_tenant(self, world):
        own, intruder = Program(world.victim), Program(world.intruder)
        for path, _method, parameters in operations():
            if "cursor" in [each["name"] for each in parameters]:
                cursor = queries.cursor_of(own.get(path, {"limit": 1}).json()["next"])
                assert own.get(path, {"limit": 1, "cursor": cursor}).status_code == 200
                assert intruder.get(path, {"limit": 1, "cursor": cursor}).status_code == 400


class TestGraphql:
    def test_gives_another_tenants_rows_to_nobody(self, world, covered):
        intruder = Program(world.intruder, about=world.victim)
        fields = 0
        for name, query, variables in queries.root_fields(world.victim, OWN):
            answer = intruder.asks(query, variables)
            assert answer.status_code == 200, (name, answer.content)
            assert CANARY not in seen(answer), name
            fields += 1
        for name, query, variables in queries.root_fields(world.intruder, SAME):
            answer = intruder.asks(query, variables)
            assert "errors" not in answer.json(), (name, answer.content)
            assert (OURS in seen(answer), CANARY in seen(answer)) == (True, False), name
        covered(fields, "GraphQL root fields, ids and filters")

    def test_gives_them_to_its_own(self, world):
        own = Program(world.victim)
        for name, query, variables in queries.root_fields(world.victim, OWN):
            answer = own.asks(query, variables)
            assert "errors" not in answer.json(), (name, answer.content)
            assert CANARY in seen(answer), name

    def test_is_asked_for_every_field_of_every_type(self, world, covered):
        asked = [*queries.root_fields(world.victim, OWN), *queries.mutations(world.victim, OWN)]
        fields = queries.reached(query for _name, query, _variables in asked)
        declared = queries.declared()
        assert declared - fields - queries.PAYLOADS == set()
        covered(len(declared), "GraphQL fields")

    def test_changes_nothing_by_another_tenants_ids(self, world, covered):
        intruder = Program(world.intruder, about=world.victim)
        changes = 0
        world.remember()
        for name, query, variables in queries.mutations(world.victim, OWN):
            answer = undone(partial(intruder.asks, query, variables), world=world)
            assert CANARY not in seen(answer), name
            assert answer.json()["data"][name]["userErrors"], name
            changes += 1
        for name, query, variables in queries.mutations(world.intruder, SAME):
            answer = undone(partial(intruder.asks, query, variables), world=world)
            assert CANARY not in seen(answer), name
            assert answer.json()["data"][name]["userErrors"] == [], name
        covered(changes, "GraphQL mutations")

    def test_knows_no_key_of_elsewhere_on_a_tenants_host(self, world):
        strange = Program(world.intruder, host=world.victim.host)
        answer = strange.asks("{ customers(first: 1) { nodes { name } } }")
        assert answer.status_code == 403
