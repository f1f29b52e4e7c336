"""The description is valid, complete, and the one in the repository; its reader runs from our own files."""

from pathlib import Path

import jsonschema
import pytest
import yaml
from django.test import Client
from openapi_spec_validator import validate

from regulars.checks.management.commands import check_api_drift
from regulars.rest.urls import urlpatterns
from tests.rest.conftest import make_customer, make_order

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = ROOT / check_api_drift.COMMITTED
CLOSED = {"additionalProperties": False}


@pytest.fixture(scope="module")
def document():
    return yaml.safe_load(COMMITTED.read_text())


def shape(document, name):
    """A schema of the document as JSON Schema: ``nullable`` is OpenAPI's own, unknown members are refused."""

    def plain(node):
        if isinstance(node, list):
            return [plain(each) for each in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return {"$ref": node["$ref"].replace("#/components/schemas/", "#/$defs/")}
        found = {key: plain(value) for key, value in node.items() if key != "nullable"}
        if node.get("nullable"):
            return {"anyOf": [found, {"type": "null"}]}
        return found | CLOSED if "properties" in found else found

    schemas = document["components"]["schemas"]
    return {"$ref": f"#/$defs/{name}", "$defs": {key: plain(value) for key, value in schemas.items()}}


class TestDescription:
    def test_is_valid(self, document):
        validate(document)

    def test_tells_every_route_and_no_other(self, document):
        told = {
            f"/{pattern.pattern}".replace("<uuid:", "{").replace(">", "}") for pattern in urlpatterns[:-3]
        }

        assert set(document["paths"]) == told

    def test_asks_for_a_key_everywhere(self, document):
        reads = [path["get"] for path in document["paths"].values()]

        assert all(read["security"] == [{"key": []}] for read in reads)
        assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"

    @pytest.mark.parametrize(
        ("path", "name"),
        [("/api/v1/customers", "CustomerPage"), ("/api/v1/orders", "OrderPage")],
    )
    def test_holds_for_what_is_sent(self, document, partner, tenant, path, name):
        contact = make_customer(figures={"stage": "new", "elsewhere": {"USD": "1"}})
        make_customer("Lead", email="")
        make_order("1", contact=contact, lines=[("Tea", "1")], refunds=[("1", None)])
        make_order("2")

        jsonschema.validate(partner.json(path, limit=1), shape(document, name))
        jsonschema.validate(partner.json(path), shape(document, name))

    def test_holds_for_problems(self, document, partner):
        for answer in (
            partner.get("/api/v1/orders?x=1"),
            partner.get("/api/v9"),
            partner.get("/api/v1/orders", key="no"),
        ):
            jsonschema.validate(answer.json(), shape(document, "Problem"))

    def test_is_served_to_anybody_as_committed(self, document, db):
        answer = Client(headers={"host": "localhost"}).get("/api/v1/openapi.json")

        assert answer.headers["Content-Type"] == "application/json"
        assert answer.json() == document
