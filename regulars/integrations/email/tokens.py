"""The short words in a mail's addresses: who the recipient is and which link, signed for one tenant.

A token holds the recipient's number, the link's place and 10 bytes of HMAC under a key of the tenant and
the purpose, so that none can be guessed, used at another tenant's host, or turned from a click into an
unsubscription. Never an address: what a link leads to is looked up.
"""

import base64
import binascii
import hashlib
import hmac
from enum import StrEnum

from regulars.platform import secrets, tenancy

NUMBER_BYTES = 6
LINK_BYTES = 2
MAC_BYTES = 10
TOKEN_CHARACTERS = 24


class Purpose(StrEnum):
    OPEN = "open"
    CLICK = "click"
    UNSUBSCRIBE = "unsubscribe"
    MESSAGE = "message"  # the Message-ID


class Maker:
    """Makes and reads tokens of the open tenant; the keys are worked out once, so keep it for a batch."""

    def __init__(self) -> None:
        tenant = tenancy.current()
        self._keys = {each: secrets.derived(tenant=tenant, purpose=f"mail {each}") for each in Purpose}

    def token(self, purpose: Purpose, *, recipient: int, link: int = 0) -> str:
        """24 letters that are safe in a URL and in a Message-ID."""
        body = recipient.to_bytes(NUMBER_BYTES, "big") + link.to_bytes(LINK_BYTES, "big")
        return base64.urlsafe_b64encode(body + self._mac(purpose, body)).decode()

    def read(self, purpose: Purpose, token: str) -> tuple[int, int] | None:
        """The recipient's number and the link's place; None for a token that is not ours or not for this."""
        if len(token) != TOKEN_CHARACTERS or not token.isascii():
            return None
        try:
            raw = base64.b64decode(token, altchars=b"-_", validate=True)
        except binascii.Error:
            return None
        body, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(purpose, body)):
            return None
        return int.from_bytes(body[:NUMBER_BYTES], "big"), int.from_bytes(body[NUMBER_BYTES:], "big")

    def _mac(self, purpose: Purpose, body: bytes) -> bytes:
        return hmac.new(self._keys[purpose], body, hashlib.sha256).digest()[:MAC_BYTES]
