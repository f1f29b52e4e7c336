"""DKIM (RFC 6376): rsa-sha256, relaxed headers, simple body.

The body is hashed as it is: we made every byte of it, quoted-printable, and it ends in one line break.
"""

import base64
import hashlib
import re
from collections.abc import Sequence

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


class Signer:
    """Signs for one domain; loading the key costs more than a signature, so keep it."""

    def __init__(self, *, domain: str, selector: str, private_key_pem: str) -> None:
        key = serialization.load_pem_private_key(private_key_pem.encode(), password=None)
        if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < KEY_BITS:
            raise ValueError("An RSA key of 2048 bits or more is needed.")
        self.key = key
        self.named = f"v=1; a=rsa-sha256; c=relaxed/simple; d={domain}; s={selector};\r\n\t".encode("ascii")
        self.padding, self.hash = padding.PKCS1v15(), hashes.SHA256()

    def header(self, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> bytes:
        """``DKIM-Signature: …\\r\\n``; ``body`` ends in exactly one CRLF."""
        names: list[bytes] = []
        lines: list[bytes] = []
        # Of several of one name the lowest is signed first; we write each name once, so order is free.
        for name, value in headers:
            if (low := name.lower()) in SIGNED:
                names.append(low)
                lines.append(b"%b:%b\r\n" % (low, _relaxed(value)))
        hashed = base64.b64encode(hashlib.sha256(body).digest())
        unsigned = b"".join(
            [self.named, b"h=", b":\r\n\t ".join(_few(names)), b";\r\n\tbh=", hashed, b";\r\n\tb="]
        )
        lines.append(b"dkim-signature:" + _relaxed(unsigned))
        signature = base64.b64encode(self.key.sign(b"".join(lines), self.padding, self.hash))
        folded = b"\r\n\t ".join(
            signature[at : at + LINE_CHARS] for at in range(0, len(signature), LINE_CHARS)
        )
        return b"".join([b"DKIM-Signature: ", unsigned, folded, b"\r\n"])


def _relaxed(value: bytes) -> bytes:
    if b"\n" in value or b"\t" in value or b"  " in value:
        value = SPACES.sub(b" ", value)
    return value.strip()


def _few(names: list[bytes]) -> list[bytes]:
    """The names, a handful a line."""
    every = [*names, *SIGNED_ONCE_MORE]
    return [b":".join(every[at : at + 5]) for at in range(0, len(every), 5)]


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
