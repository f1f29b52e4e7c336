"""The description is valid, complete, and the one in the repository; its reader runs from our own files."""

import contextlib
from io import StringIO
from pathlib import Path

import jsonschema
import pytest
import yaml
from django.core.management import CommandError, call_command
from django.test import Client
from openapi_spec_validator import validate

from regulars.checks.management.commands import check_api_drift
from regulars.platform import tenancy
from regulars.rest import schema
from regulars.rest.urls import urlpatterns
from tests.rest.conftest import make_customer, make_order

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = ROOT / check_api_drift.COMMITTED
CLOSED = {"additionalProperties": False}


@pytest.fixture(scope="module")
def document():
    return yaml.safe_load(COMMITTED.read_text())


def drift(*words):
    out = StringIO()
    call_command("check_api_drift", *words, stdout=out)
    return out.getvalue()


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


class TestDrift:
    def test_is_none(self):
        assert "as described" in drift()

    def test_is_shown_and_fails(self, tmp_path):
        old = tmp_path / "openapi.yaml"
        old.write_text(COMMITTED.read_text().replace("list_orders", "all_orders"))
        out = StringIO()

        with pytest.raises(CommandError, match="differs"):
            call_command("check_api_drift", file=old, stdout=out)

        assert "-      operationId: all_orders" in out.getvalue()
        assert "+      operationId: list_orders" in out.getvalue()

    def test_fails_when_nothing_is_committed(self, tmp_path):
        with pytest.raises(CommandError):
            call_command("check_api_drift", file=tmp_path / "none.yaml", stdout=StringIO())

    def test_is_settled_by_writing(self, tmp_path):
        new = tmp_path / "api" / "openapi.yaml"

        call_command("check_api_drift", file=new, write=True, stdout=StringIO())

        assert new.read_text() == COMMITTED.read_text() == schema.as_yaml()


class TestReader:
    @pytest.mark.parametrize("host", ["localhost", "teashop.localhost"])
    def test_runs_own_files_only_and_sets_no_cookie(self, tea_shop, host):
        answer = Client(headers={"host": host}).get("/api/v1/docs")

        policy = answer.headers["Content-Security-Policy"]
        page = answer.content.decode()
        assert answer.status_code == 200
        assert "script-src 'self';" in policy
        assert "default-src 'none'" in policy
        assert "://" not in page.replace("http://www.w3.org", "")
        assert "<script>" not in page
        assert not answer.cookies

    def test_finds_its_files(self, db):
        client = Client(headers={"host": "localhost"})
        page = client.get("/api/v1/docs").content.decode()

        files = [word.split('"')[0] for word in page.split('="')[1:] if word.startswith("/static/")]
        assert len(files) == 4
        for file in files:
            with contextlib.closing(client.get(file)) as answer:
                assert answer.status_code == 200

    def test_alone_may_style_inline(self, partner):
        answers = [partner.get("/api/v1/customers"), partner.get("/api/v1/openapi.json"), partner.get("/")]

        assert [
            answer for answer in answers if "unsafe-inline" in answer.headers["Content-Security-Policy"]
        ] == []


def test_rows_stay_readable_beside_the_api(partner, tea_shop):
    """A request leaves the tenant it entered: what follows in the same thread is in public."""
    partner.json("/api/v1/customers")

    with pytest.raises(tenancy.NoTenant):
        tenancy.current()
