"""What every adapter must do, told once. A new one adds a genuine delivery to ``GENUINE``."""

import dataclasses
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from regulars.integrations.shop.connector import Door, Genuine, Kind, NotGenuine, Op, Unreadable
from regulars.integrations.shop.connectors import CONNECTORS
from tests.integrations.shop.connectors import captures

SIGNED = captures.names(signed=True)
GENUINE = [*map(captures.recorded, SIGNED), captures.push(captures.example())]
LABELS = [*SIGNED, "push"]
JUNK = [
    b"",
    b"null",
    b"[]",
    b"7",
    b'"text"',
    b"{",
    b"\xff\xfe",
    b'{"id": 5}',
    b'{"id": true}',
    b"[" * 100_000,
    b'{"a": NaN}',
    b'{"orders": [{"id": "1"}]}',
    b'{"line_items": 1, "billing": 2, "currency": 3, "id": 4}',
    b"9" * 10_000,
]
LETTERS = some.text(alphabet="a0-.:\x00\ud800é", max_size=6)
NASTY = ["NaN", "1e5", "-1", 10**30, "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "[deleted]"]
VALUES = some.recursive(
    some.sampled_from(NASTY) | some.none() | some.booleans() | some.integers() | some.floats() | LETTERS,
    lambda inner: some.lists(inner, max_size=2) | some.dictionaries(LETTERS, inner, max_size=2),
    max_leaves=4,
)
ORDERS = {
    "woocommerce": lambda: json.loads(captures.recorded("order.created.2").raw),
    "push": captures.example,
}


def places(value, way=()):
    """The way to everything inside a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, held in inner:
        yield (*way, name)
        yield from places(held, (*way, name))


def verify(delivery, **changes):
    given_ = {"door": delivery.door, "headers": delivery.headers, "raw": delivery.raw, "at": delivery.at}
    return CONNECTORS[delivery.kind].verify(**given_ | changes)


def parsed(delivery):
    return CONNECTORS[delivery.kind].parse(door=delivery.door, headers=delivery.headers, raw=delivery.raw)


def the_order(delivery):
    (change,) = [
        change for change in parsed(delivery) if change.kind == Kind.ORDER and change.op == Op.CHANGED
    ]
    return CONNECTORS[delivery.kind].normalise(door=delivery.door, kind=change.kind, payload=change.payload)


def test_all_signed_captures_are_here():
    assert len(SIGNED) == 11
    assert len(captures.names(signed=False)) == 11


@pytest.mark.parametrize("delivery", GENUINE, ids=LABELS)
class TestVerify:
    def test_accepts_what_its_shop_signed(self, delivery):
        assert isinstance(verify(delivery), Genuine)

    def test_accepts_it_with_one_of_several_secrets(self, delivery):
        other = CONNECTORS[delivery.kind].signing_secret()
        door = Door(signing_secrets=(other, delivery.secret))

        assert isinstance(verify(delivery, door=door), Genuine)

    def test_accepts_headers_in_any_case(self, delivery):
        headers = {name.upper(): value for name, value in delivery.headers.items()}

        assert verify(delivery, headers=headers) == verify(delivery)

    def test_refuses_it_with_one_byte_more(self, delivery):
        with pytest.raises(NotGenuine):
            verify(delivery, raw=delivery.raw + b" ")

    def test_refuses_it_with_one_bit_changed(self, delivery):
        changed = bytes([delivery.raw[0] ^ 1]) + delivery.raw[1:]

        with pytest.raises(NotGenuine):
            verify(delivery, raw=changed)

    def test_refuses_it_without_its_signature(self, delivery):
        headers = {name: value for name, value in delivery.headers.items() if "signature" not in name.lower()}

        with pytest.raises(NotGenuine):
            verify(delivery, headers=headers)

    def test_refuses_it_without_any_header(self, delivery):
        with pytest.raises(NotGenuine):
            verify(delivery, headers={})

    @pytest.mark.parametrize("secrets", [(), ("",)])
    def test_refuses_it_where_no_secret_is_known(self, delivery, secrets):
        with pytest.raises(NotGenuine):
            verify(delivery, door=Door(signing_secrets=secrets))

    def test_refuses_it_at_a_foreign_connection(self, delivery):
        other = CONNECTORS[delivery.kind].signing_secret()

        with pytest.raises(NotGenuine):
            verify(delivery, door=Door(signing_secrets=(other,)))


class TestParse:
    def test_and_normalise_read_the_same_order_from_every_shop(self):
        from_woocommerce = the_order(captures.recorded("order.created.2"))
        pushed = the_order(captures.push(captures.example()))

        told_by_neither = {"shop_status": "processing"}
        assert dataclasses.replace(pushed, **told_by_neither, customer=None) == dataclasses.replace(
            from_woocommerce, **told_by_neither, customer=None
        )
        assert dataclasses.replace(pushed.customer, changed_at=None) == dataclasses.replace(
            from_woocommerce.customer, changed_at=None
        )

    @pytest.mark.parametrize("kind", CONNECTORS)
    @pytest.mark.parametrize("raw", JUNK)
    def test_and_normalise_refuse_what_is_no_order_and_nothing_else_happens(self, kind, raw):
        delivery = captures.woocommerce(raw) if kind == "woocommerce" else None
        headers = delivery.headers if delivery else {"webhook-id": "msg_1"}

        assert _outcome(kind, headers, raw) in {"refused", "uncertain"}

    @pytest.mark.parametrize("kind", CONNECTORS)
    @given(chosen=some.data())
    @settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
    def test_and_normalise_take_or_refuse_an_order_with_anything_in_any_place(self, kind, chosen):
        body = ORDERS[kind]()
        way = chosen.draw(some.sampled_from(list(places(body))))
        holder = body
        for name in way[:-1]:
            holder = holder[name]
        holder[way[-1]] = chosen.draw(VALUES)

        outcome = _outcome(kind, {"X-WC-Webhook-Topic": "order.updated"}, json.dumps(body).encode())

        assert outcome in {"refused", "taken"}


def _outcome(kind, headers, raw):
    connector, door = CONNECTORS[kind], Door(currency="EUR")
    try:
        changes = connector.parse(door=door, headers=headers, raw=raw)
        rows = [change for change in changes if change.payload is not None]
        for change in rows:
            connector.normalise(door=door, kind=change.kind, payload=change.payload)
    except Unreadable:
        return "refused"
    return "taken" if rows else "uncertain"
