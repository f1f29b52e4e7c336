import base64

import pytest

from regulars.integrations.email.tokens import TOKEN_CHARACTERS, Maker, Purpose
from regulars.platform import tenancy


class TestRead:
    def test_tells_recipient_and_link(self, tenant):
        token = Maker().token(Purpose.CLICK, recipient=2**48 - 1, link=65_535)

        assert len(token) == TOKEN_CHARACTERS
        assert Maker().read(Purpose.CLICK, token) == (2**48 - 1, 65_535)

    def test_refuses_another_purpose(self, tenant):
        token = Maker().token(Purpose.CLICK, recipient=7)

        assert Maker().read(Purpose.UNSUBSCRIBE, token) is None

    def test_refuses_another_tenants_token(self, tenant, book_shop):
        token = Maker().token(Purpose.UNSUBSCRIBE, recipient=7)

        with tenancy.opened(book_shop.schema_name):
            assert Maker().read(Purpose.UNSUBSCRIBE, token) is None

    def test_refuses_every_changed_bit(self, tenant):
        maker = Maker()
        raw = bytearray(base64.urlsafe_b64decode(maker.token(Purpose.OPEN, recipient=7)))

        for place in range(len(raw) * 8):
            raw[place // 8] ^= 1 << place % 8
            assert maker.read(Purpose.OPEN, base64.urlsafe_b64encode(raw).decode()) is None
            raw[place // 8] ^= 1 << place % 8

    @pytest.mark.parametrize("word", ["", "x", "\u00e4" * 24, "=" * 24, "A" * 24, "!" * 24, "A" * 25])
    def test_refuses_what_is_no_token(self, tenant, word):
        assert Maker().read(Purpose.OPEN, word) is None
