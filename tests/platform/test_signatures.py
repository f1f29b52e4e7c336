"""Signatures against independent words: a recorded delivery, a test vector, and the reference library."""

from base64 import b64decode
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some
from standardwebhooks.webhooks import Webhook

from regulars.platform import signatures

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class TestSign:
    def test_gives_what_rfc_4231_gives(self):
        digest = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"

        found = signatures.sign(secret=b"Jefe", message=b"what do ya want for nothing?")

        assert b64decode(found).hex() == digest


class TestIsSigned:
    def test_takes_any_of_several_secrets(self):
        signature = signatures.sign(secret=b"old", message=b"body")

        assert signatures.is_signed(given=signature, secrets=[b"new", b"old"], message=b"body")

    @pytest.mark.parametrize("given_signature", ["", "wrong", "ünïcode", "\x00", "=" * 5000])
    def test_says_no_to_anything_else_and_never_fails(self, given_signature):
        assert not signatures.is_signed(given=given_signature, secrets=[b"new"], message=b"body")

    def test_trusts_no_empty_secret(self):
        signature = signatures.sign(secret=b"", message=b"body")

        assert not signatures.is_signed(given=signature, secrets=[b""], message=b"body")


class TestStandardSign:
    @given(some.binary(max_size=200))
    def test_is_accepted_by_the_reference_library(self, body):
        body = body.hex().encode()
        timestamp = str(int(datetime.now(UTC).timestamp()))
        signature = signatures.standard_sign(
            secret=SECRET, delivery_id="msg_1", timestamp=timestamp, message=b'"%s"' % body
        )

        headers = {"webhook-id": "msg_1", "webhook-timestamp": timestamp, "webhook-signature": signature}
        assert Webhook(SECRET).verify(b'"%s"' % body, headers) == body.decode()

    def test_accepts_what_the_reference_library_signed_among_others(self):
        moment = datetime(2026, 11, 22, 5, 18, 46, tzinfo=UTC)
        signature = Webhook(SECRET).sign("msg_1", moment, '{"a": 1}')

        assert signatures.is_standard_signed(
            given=f"v2,abc v1,d3Jvbmc= {signature}",
            secrets=["whsec_b3RoZXI=", SECRET],
            delivery_id="msg_1",
            timestamp=str(int(moment.timestamp())),
            message=b'{"a": 1}',
        )

    @pytest.mark.parametrize("secret", ["", "whsec_", "not base64!", "whsec_ä"])
    def test_refuses_a_secret_that_is_not_base64(self, secret):
        with pytest.raises(signatures.BadSecret):
            signatures.standard_sign(secret=secret, delivery_id="a", timestamp="1", message=b"")
