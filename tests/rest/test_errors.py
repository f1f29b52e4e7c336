"""Every error is a problem document that names what was wrong and tells nothing of the inside."""

import json
import logging

import pytest
from django.db import OperationalError
from django.test import Client

from regulars.rest import customers
from regulars.web.middleware import outage
from tests.rest.conftest import make_customer, make_order

PATH = "/api/v1/customers"
MEMBERS = {"type", "title", "status", "code", "detail"}


@pytest.fixture(autouse=True)
def _inside(tenant):
    """Rows are made inside the tenant; each request enters and leaves on its own."""


def problem(answer, status):
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert set(body) >= MEMBERS
    assert body["status"] == status
    return body


class TestAddress:
    @pytest.mark.parametrize("host", ["teashop.localhost", "localhost", "127.0.0.1"])
    @pytest.mark.parametrize("method", ["get", "post", "delete", "options"])
    @pytest.mark.parametrize("path", ["/api/", "/api/v1", "/api/v1/customers/", "/api/v2/orders", "/api/x/y"])
    def test_that_is_none_is_a_problem_too(self, tenant, host, method, path):
        client = Client(headers={"host": host}, enforce_csrf_checks=True)

        problem(getattr(client, method)(path), 404)

    @pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
    @pytest.mark.parametrize("path", [PATH, "/api/v1/orders", "/api/v1/openapi.json"])
    def test_takes_reading_only(self, partner, method, path):
        answer = getattr(partner.client, method)(path, headers={"authorization": f"Bearer {partner.key}"})

        problem(answer, 405)
        assert answer.headers["Allow"] == "GET, HEAD"

    def test_answers_head_without_a_body(self, partner):
        answer = partner.client.head(PATH, headers={"authorization": f"Bearer {partner.key}"})

        assert (answer.status_code, answer.content) == (200, b"")


class TestParameters:
    @pytest.mark.parametrize(
        ("path", "query", "name"),
        [
            (PATH, "limit=0", "limit"),
            (PATH, "limit=101", "limit"),
            (PATH, "limit=ten", "limit"),
            (PATH, "limit=", "limit"),
            (PATH, "limit=" + "9" * 5_000, "limit"),
            (PATH, "emial=ada@example.com", "emial"),
            (PATH, "email=", "email"),
            (PATH, "email=" + "a" * 300, "email"),
            (PATH, "email=a%00b", "email"),
            (PATH, "email=a@example.com&email=b@example.com", "email"),
            (PATH, "stage=best", "stage"),
            (PATH, "updated_after=yesterday", "updated_after"),
            (PATH, "updated_after=0001-01-01T00:00:00%2B14:00", "updated_after"),
            (PATH, "words=" + "x" * 201, "words"),
            (PATH, "cursor=" + "x" * 2_000, "cursor"),
            (PATH, "format=xml", "format"),
            (PATH + "/018f0000-0000-7000-8000-000000000000", "expand=all", "expand"),
            ("/api/v1/orders", "customer=17", "customer"),
            ("/api/v1/orders", "connection=x", "connection"),
            ("/api/v1/orders", "status=paid", "status"),
            ("/api/v1/orders", "ordered_before=2026-13-01", "ordered_before"),
            ("/api/v1/orders", "number=" + "1" * 65, "number"),
        ],
    )
    def test_that_cannot_be_taken_are_named(self, partner, path, query, name):
        make_customer()

        body = problem(partner.get(f"{path}?{query}"), 400)

        assert body["code"] == "bad_parameters"
        assert [each["parameter"] for each in body["errors"]] == [name]

    def test_are_all_named_at_once(self, partner):
        body = problem(partner.get(f"{PATH}?limit=0&stage=best&colour=red"), 400)

        assert {each["parameter"] for each in body["errors"]} == {"limit", "stage", "colour"}

    def test_in_thousands_are_refused(self, partner):
        query = "&".join(f"p{number}=1" for number in range(1_500))

        problem(partner.get(f"{PATH}?{query}"), 400)

    def test_cursor_of_another_list_is_refused(self, partner):
        for number in range(3):
            make_order(str(number), minutes=number)
        cursor = partner.json("/api/v1/orders", limit=1)["next"].split("cursor=")[1]

        for path in (f"{PATH}?limit=1", "/api/v1/orders?status=completed"):
            assert problem(partner.get(f"{path}&cursor={cursor}"), 400)["code"] == "bad_cursor"

    def test_cursor_of_another_tenant_is_refused(self, partner, rival):
        for number in range(2):
            make_order(str(number), minutes=number)
        address = partner.json("/api/v1/orders", limit=1)["next"].replace("teashop", "bookshop")

        assert problem(rival.get(address), 400)["code"] == "bad_cursor"

    def test_time_without_an_offset_is_utc_wherever_the_tenant_lives(self, partner):
        make_order("noon")  # 12:00 UTC; 13:00 in Berlin

        found = partner.json("/api/v1/orders", ordered_after="2026-03-01T12:00:00")["results"]
        none = partner.json("/api/v1/orders", ordered_after="2026-03-01T12:00:01")["results"]

        assert ([order["number"] for order in found], none) == (["noon"], [])


class TestLanguage:
    def test_is_english_and_the_format_json_whatever_a_browser_asks_for(self, partner):
        answer = partner.client.get(
            f"{PATH}?limit=0&cursor=x",
            headers={
                "authorization": f"Bearer {partner.key}",
                "accept": "text/html",
                "accept-language": "zh-hans",
            },
        )

        assert problem(answer, 400)["detail"].isascii()
        assert answer.headers["Content-Language"] == "en"


class TestBreakage:
    def test_shows_an_error_id_and_logs_the_rest(self, partner, monkeypatch, caplog):
        def broken(given):
            raise RuntimeError("SELECT secret FROM vault")

        monkeypatch.setattr(customers, "filtered", broken)
        with caplog.at_level(logging.ERROR):
            answer = partner.get(PATH)

        body = problem(answer, 500)
        assert "vault" not in answer.content.decode()
        assert "Traceback" not in answer.content.decode()
        (record,) = [record for record in caplog.records if record.name == "regulars.rest.errors"]
        assert body["error_id"] in record.getMessage() + json.dumps(record.msg, default=str)

    def test_leaves_the_tenant_behind(self, partner, rival, monkeypatch):
        make_customer("Tea Drinker")
        with monkeypatch.context() as patch:
            patch.setattr(customers, "shaped", lambda *row: 1 / 0)
            problem(partner.get(PATH), 500)

        assert rival.json(PATH)["results"] == []

    def test_of_the_database_is_told_as_an_outage(self, partner, monkeypatch):
        def away(given):
            raise OperationalError("connection to 10.0.0.7 refused")

        monkeypatch.setattr(customers, "filtered", away)
        monkeypatch.setattr(outage, "_is_away", False)
        answer = partner.get(PATH)

        assert problem(answer, 503)["code"] == "unavailable"
        assert answer.headers["Retry-After"] == "5"
        assert b"10.0.0.7" not in answer.content
