import json
import logging

import pytest
import structlog
from django.db.utils import OperationalError

from regulars.platform import errors, observability, tenancy

EVENT = {
    "request": {
        "url": "https://teashop.example/customers/?words=ana@example.com",
        "query_string": "words=ana@example.com",
        "data": {"email": "ana@example.com"},
        "cookies": {"session": "stolen"},
        "headers": {"Authorization": "Bearer rk_secret", "User-Agent": "curl", "Cookie": "session=stolen"},
        "env": {"REMOTE_ADDR": "203.0.113.5"},
    },
    "user": {"email": "ana@example.com", "ip_address": "203.0.113.5"},
    "breadcrumbs": {"values": [{"message": "SELECT ana@example.com"}]},
    "extra": {"customer": "ana@example.com"},
}


def event():
    return json.loads(json.dumps(EVENT))


class TestScrubbed:
    def test_tells_the_tenant_and_nothing_of_people(self):
        with structlog.contextvars.bound_contextvars(tenant="t_tea", request="0198"):
            sent = observability.scrubbed(event(), {})

        assert sent["tags"] == {"tenant": "t_tea", "request": "0198"}
        told = json.dumps(sent)
        for secret in ("ana@example.com", "rk_secret", "stolen", "203.0.113.5"):
            assert secret not in told
        assert sent["request"]["headers"] == {"User-Agent": "curl"}
        assert sent["request"]["url"] == "https://teashop.example/customers/"

    @pytest.mark.parametrize(
        "problem", [errors.Refused("no"), errors.NotFound("no"), OperationalError("away")]
    )
    def test_keeps_refusals_and_outages_to_ourselves(self, problem):
        assert observability.scrubbed(event(), {"exc_info": (type(problem), problem, None)}) is None

    def test_lets_bugs_through(self):
        problem = ZeroDivisionError()

        assert observability.scrubbed(event(), {"exc_info": (type(problem), problem, None)}) is not None


class TestOnceAnOutage:
    def test_drops_the_complaint_of_each_request_about_a_database_that_is_away(self):
        away, bug = OperationalError("away"), ZeroDivisionError()

        def kept(problem):
            record = logging.LogRecord("django.request", 40, "", 0, "x", (), (type(problem), problem, None))
            return observability.OnceAnOutage().filter(record)

        assert (kept(away), kept(bug)) == (False, True)


class TestConfigureLogging:
    def test_writes_a_json_object_a_line_with_tenant_and_request(self, capsys, tea_shop):
        before = logging.getLogger().handlers[:]
        try:
            observability.configure_logging()
            with (
                structlog.contextvars.bound_contextvars(request="0198"),
                tenancy.opened(tea_shop.schema_name),
            ):
                logging.getLogger("regulars.test").warning("poured")
        finally:
            logging.getLogger().handlers = before

        line = json.loads(capsys.readouterr().err.strip().splitlines()[-1])
        assert (line["event"], line["tenant"], line["request"]) == ("poured", tea_shop.schema_name, "0198")
        assert line["timestamp"].endswith("Z")
