"""Webhook signatures: HMAC-SHA256, compared in constant time, with several secrets at once.

``standard_*`` follow Standard Webhooks 1.0 (https://www.standardwebhooks.com): base64 of the HMAC over
``id.timestamp.body``, prefixed ``v1,``; several signatures stand in one header, parted by spaces; secrets
are base64 and may carry the prefix ``whsec_``.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable

from regulars.platform import errors

STANDARD_SECRET_PREFIX = "whsec_"  # noqa: S105 - a marker, not a secret
STANDARD_VERSION = "v1"


class BadSecret(errors.Invalid):
    """A Standard Webhooks secret that is not base64."""

    code = "bad_secret"


def sign(*, secret: bytes, message: bytes) -> str:
    """base64(HMAC-SHA256(secret, message)), as WooCommerce and Shopify sign their bodies."""
    return base64.b64encode(hmac.digest(secret, message, hashlib.sha256)).decode()


def is_signed(*, given: str, secrets: Iterable[bytes], message: bytes) -> bool:
    """Whether one of the secrets signed the message. Empty secrets sign nothing."""
    found = False
    for secret in secrets:
        # Every secret is tried, so that the time taken does not tell which one it was.
        if secret and _same(given, sign(secret=secret, message=message)):
            found = True
    return found and bool(given)


def standard_sign(*, secret: str, delivery_id: str, timestamp: str, message: bytes) -> str:
    """One signature as it stands in the ``webhook-signature`` header. Raises BadSecret."""
    signed = f"{delivery_id}.{timestamp}.".encode() + message
    return f"{STANDARD_VERSION},{sign(secret=_standard_key(secret), message=signed)}"


def is_standard_signed(
    *, given: str, secrets: Iterable[str], delivery_id: str, timestamp: str, message: bytes
) -> bool:
    """Whether a signature of the header was made with one of the secrets. Raises BadSecret."""
    found = False
    for secret in secrets:
        expected = standard_sign(secret=secret, delivery_id=delivery_id, timestamp=timestamp, message=message)
        for candidate in given.split(" "):
            if _same(candidate, expected):
                found = True
    return found


def _standard_key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(STANDARD_SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise BadSecret("A signing secret of this kind is base64, with or without whsec_.") from None
    if not key:
        raise BadSecret("A signing secret may not be empty.")
    return key


def _same(given: str, expected: str) -> bool:
    # compare_digest refuses text beyond ASCII, and a header may hold any.
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())
