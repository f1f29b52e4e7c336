"""The push API: its time window, its published schema, and what it says of a bad batch."""

import copy
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import jsonschema
import pytest

from regulars.crm_core.commerce.canonical import OrderStatus
from regulars.integrations.shop.connector import CannotAsk, Door, Kind, NotGenuine, Op, Unreadable
from regulars.integrations.shop.connectors import CONNECTORS
from regulars.integrations.shop.connectors.push import shape
from regulars.platform.signatures import BadSecret
from tests.integrations.shop.connectors import captures

PUSH = CONNECTORS["push"]
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SCHEMA = json.loads((captures.EXAMPLE.parent / "batch.schema.json").read_text())


def parsed(body):
    delivery = captures.push(body)
    return PUSH.parse(door=delivery.door, headers=delivery.headers, raw=delivery.raw)


def problems_of(body):
    with pytest.raises(Unreadable) as refusal:
        parsed(body)
    return refusal.value.problems


def order(**changes):
    return captures.example()["orders"][0] | changes


class TestVerify:
    @pytest.mark.parametrize("away", [-300, -299, 0, 299, 300])
    def test_accepts_a_time_within_five_minutes(self, away):
        delivery = captures.push({}, at=NOON)

        found = PUSH.verify(
            door=delivery.door, headers=delivery.headers, raw=delivery.raw, at=NOON + timedelta(seconds=away)
        )

        assert found.delivery_id == "msg_1"

    @pytest.mark.parametrize("away", [-301, 301, 10**9])
    def test_refuses_any_other(self, away):
        delivery = captures.push({}, at=NOON)

        with pytest.raises(NotGenuine):
            PUSH.verify(
                door=delivery.door,
                headers=delivery.headers,
                raw=delivery.raw,
                at=NOON + timedelta(seconds=away),
            )

    @pytest.mark.parametrize("timestamp", ["", "noon", "-1", "1e9", "٣", "9" * 13, "9" * 12])
    def test_refuses_what_is_no_time(self, timestamp):
        delivery = captures.push({}, at=NOON)
        headers = delivery.headers | {"webhook-timestamp": timestamp}

        with pytest.raises(NotGenuine):
            PUSH.verify(door=delivery.door, headers=headers, raw=delivery.raw, at=NOON)

    def test_tells_the_same_rows_under_a_new_id_from_a_repetition(self):
        first, again, anew = captures.push({}), captures.push({}), captures.push({}, delivery_id="msg_2")
        topics = [
            PUSH.verify(door=one.door, headers=one.headers, raw=one.raw, at=one.at).topic
            for one in (first, again, anew)
        ]

        assert topics == ["push msg_1", "push msg_1", "push msg_2"]


class TestSigningSecret:
    def test_is_made_anew_each_time(self):
        assert PUSH.signing_secret() != PUSH.signing_secret()

    def test_is_refused_when_it_cannot_sign(self):
        with pytest.raises(BadSecret):
            PUSH.signing_secret(given="no base64!")


class TestParse:
    def test_gives_customers_and_products_before_orders(self):
        found = [(change.kind, change.op, change.external_id) for change in parsed(captures.example())]

        assert found == [
            (Kind.CUSTOMER, Op.CHANGED, "2"),
            (Kind.PRODUCT, Op.CHANGED, "10"),
            (Kind.ORDER, Op.CHANGED, "13"),
            (Kind.ORDER, Op.DELETED, "15"),
        ]

    def test_knows_the_versions_in_utc(self):
        product = parsed(captures.example())[1]

        assert product.changed_at == datetime(2026, 11, 22, 5, 18, 50, tzinfo=UTC)

    @pytest.mark.parametrize("count", [0, 251])
    def test_refuses_a_batch_of_no_or_too_many_rows(self, count):
        assert problems_of({"orders": [order(id=str(place)) for place in range(count)]}) == (
            f"A batch holds 1 to 250 rows, not {count}.",
        )

    def test_takes_a_batch_of_250(self):
        assert len(parsed({"orders": [order(id=str(place)) for place in range(250)]})) == 250

    def test_says_of_every_row_what_is_wrong_and_takes_none(self):
        broken_line = copy.deepcopy(order(id="3"))
        broken_line["lines"][1]["total"] = 19.99
        rows = [order(id="1"), order(id="2", total="1,50"), broken_line, order(id="4", colour="red")]

        assert problems_of({"orders": rows, "customers": [{"id": "", "email": "a@b.example"}]}) == (
            "customers[0].id: Expected `str` of length >= 1.",
            "orders[1].total: Expected `str` matching regex '^-?[0-9]{1,15}(\\\\.[0-9]{1,4})?$'.",
            "orders[2].lines[1].total: Expected `str`, got `decimal`.",
            "orders[3]: Object contains unknown field `colour`.",
        )

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"total": "74.87"}, ".total: it is 74.87, but lines, shipping, fees and tax come to 74.37."),
            (
                {"ordered_at": "2026-11-22T05:18:46"},
                ".ordered_at: Expected `datetime` with a timezone component.",
            ),
            ({"status": "shipped"}, ".status: Invalid enum value 'shipped'."),
            (
                {"refunds": [{"id": "1", "amount": "-5"}]},
                ".refunds[0].amount: what was given back is a positive amount.",
            ),
            ({"customer": {"email": "nobody"}}, ".customer.email: this is no e-mail address."),
            ({"ordered_at": "9999-12-31T23:59:59-12:00"}, ".ordered_at: This time is beyond reason."),
            (
                {"refunds": [{"id": "1", "amount": "5", "refunded_at": "0300-01-01T00:00:00Z"}]},
                ".refunds[0].refunded_at: The year 300 is beyond reason.",
            ),
            ({"currency": "eur"}, ".currency: Expected `str` matching regex '^[A-Z]{3}$'."),
        ],
    )
    def test_says_what_is_wrong_with_an_order(self, changes, said):
        assert problems_of({"orders": [order(**changes)]}) == (f"orders[0]{said}",)

    def test_refuses_one_row_twice_and_two_lines_with_one_id(self):
        twice = order()
        twice["lines"][1]["id"] = "1"

        assert problems_of({"orders": [order(id="1"), order(id="1"), twice | {"id": "2"}]}) == (
            "order 1: it is in this batch more than once.",
            "orders[2].lines: two have the same id.",
        )

    def test_tells_a_hundred_problems_at_most(self):
        rows = [order(id=str(place), total="") for place in range(250)]

        assert len(problems_of({"orders": rows})) == 100


class TestNormalise:
    def test_keeps_every_digit(self):
        (change,) = parsed({"orders": [order(total="74.3700", currency="EUR")]})

        taken = PUSH.normalise(door=Door(), kind=change.kind, payload=change.payload)

        assert (taken.total, taken.status, taken.lines[0].quantity) == (
            Decimal("74.37"),
            OrderStatus.PROCESSING,
            Decimal(3),
        )

    def test_leaves_nothing_of_an_erased_person(self):
        (change,) = parsed({"customers": [{"id": "2", "email": "ana@example.test", "is_erased": True}]})

        taken = PUSH.normalise(door=Door(), kind=change.kind, payload=change.payload)

        assert (taken.external_id, taken.email, taken.is_erased) == ("2", "", True)


class TestSchema:
    def test_is_the_published_one(self):
        assert shape.published() == SCHEMA, "Write shape.published() to docs/api/push/batch.schema.json."

    def test_is_a_schema_and_the_example_fits_it(self):
        jsonschema.Draft202012Validator.check_schema(SCHEMA)
        jsonschema.validate(captures.example(), SCHEMA)

    @pytest.mark.parametrize(
        "changes",
        [
            {"total": "1,5"},
            {"total": 74.37},
            {"status": "shipped"},
            {"colour": "red"},
            {"currency": "eur"},
            {"id": "a b"},
        ],
    )
    def test_refuses_what_we_refuse(self, changes):
        body = {"orders": [order(**changes)]}

        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(body, SCHEMA)
        assert problems_of(body)


@pytest.mark.parametrize("question", ["fetch", "backfill", "check", "install_webhooks"])
def test_nothing_can_be_asked(question):
    arguments = {
        "fetch": {"kind": Kind.ORDER, "external_id": "1"},
        "backfill": {"kind": Kind.ORDER, "position": None},
        "check": {},
        "install_webhooks": {"hook_url": "https://regulars.example/"},
    }

    assert not PUSH.can_ask(door=Door())
    with pytest.raises(CannotAsk):
        getattr(PUSH, question)(door=Door(), **arguments[question])
