"""DKIM (RFC 6376): rsa-sha256, relaxed headers, simple body.

The body is hashed as it is: we made every byte of it, quoted-printable, and it ends in one line break.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

KEY_BITS = 2048  # what every receiver verifies; ed25519 is not
# Once more than it occurs: nobody on the way can add a second one that the reader would be shown.
SIGNED_ONCE_MORE = (b"from", b"subject")
SIGNED = frozenset(
    {
        *SIGNED_ONCE_MORE,
        b"to",
        b"date",
        b"message-id",
        b"reply-to",
        b"mime-version",
        b"content-type",
        b"list-unsubscribe",
        b"list-unsubscribe-post",
        b"feedback-id",
    }
)
SPACES = re.compile(rb"[ \t\r\n]+")
LINE_CHARS = 72
KEPT_HEADERS = 512


class Signer:
    """Signs for one domain; loading the key costs more than a signature, so keep it."""

    def __init__(self, *, domain: str, selector: str, private_key_pem: str) -> None:
        key = serialization.load_pem_private_key(private_key_pem.encode(), password=None)
        if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < KEY_BITS:
            raise ValueError("An RSA key of 2048 bits or more is needed.")
        self.key = key
        self.named = f"v=1; a=rsa-sha256; c=relaxed/simple; d={domain}; s={selector};\r\n\t".encode("ascii")
        self.named_relaxed = _relaxed(self.named) + b" "
        self.padding, self.hash = padding.PKCS1v15(), hashes.SHA256()

    def header(self, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> bytes:
        """``DKIM-Signature: …\\r\\n``; ``body`` ends in exactly one CRLF."""
        # Of several of one name the lowest is signed first; we write each name once, so order is free.
        kept = [header for header in headers if header[0].lower() in SIGNED]
        listed = _listed(tuple(name for name, _value in kept))
        hashed = base64.b64encode(hashlib.sha256(body).digest())
        unsigned = b"%bh=%b;\r\n\tbh=%b;\r\n\tb=" % (self.named, listed, hashed)
        itself = b"dkim-signature:%bh=%b; bh=%b; b=" % (self.named_relaxed, _relaxed(listed), hashed)
        lines = [*(_canonical(name, value) for name, value in kept), itself]
        signature = base64.b64encode(self.key.sign(b"".join(lines), self.padding, self.hash))
        folded = b"\r\n\t ".join(
            signature[at : at + LINE_CHARS] for at in range(0, len(signature), LINE_CHARS)
        )
        return b"".join([b"DKIM-Signature: ", unsigned, folded, b"\r\n"])


@lru_cache(maxsize=KEPT_HEADERS)
def _canonical(name: bytes, value: bytes) -> bytes:
    """A header as it is signed: most are the same in every mail of a campaign."""
    return b"%b:%b\r\n" % (name.lower(), _relaxed(value))


@lru_cache(maxsize=KEPT_HEADERS)
def _relaxed(value: bytes) -> bytes:
    return SPACES.sub(b" ", value).strip()


@lru_cache(maxsize=KEPT_HEADERS)
def _listed(names: tuple[bytes, ...]) -> bytes:
    """The names as a signature lists them, a handful a line."""
    every = [*(name.lower() for name in names), *SIGNED_ONCE_MORE]
    rows = [b":".join(every[at : at + 5]) for at in range(0, len(every), 5)]
    return b":\r\n\t ".join(rows)


def new_key() -> tuple[str, str]:
    """A private key (PEM) and its public key as a DKIM record holds it (base64 of the DER)."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), base64.b64encode(public).decode()
