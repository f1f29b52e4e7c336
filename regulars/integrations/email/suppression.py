"""Addresses that get no marketing mail, whatever their contact says.

Only a hash under a key of the tenant's is kept, so a copied table tells nobody who complained. PostgreSQL
works the hash out itself (HMAC-SHA256, RFC 2104, of the lower-case address): one statement judges 100,000
addresses, and there is one spelling of "the same address".
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from regulars.platform import secrets, tenancy

BLOCK_BYTES = 64  # of SHA-256
INNER, OUTER = 0x36, 0x5C
Reason = Literal["bounce", "complaint", "staff", "erased"]

# %(inner)s and %(outer)s: ``pads()``; what is hashed stands where {address} does.
HASHED = """
    encode(
        sha256(%(outer)s::bytea || sha256(%(inner)s::bytea || convert_to(lower({address}), 'UTF8'))), 'hex'
    )
"""
ADD = f"""
    INSERT INTO email_suppression (email_hash, reason, happened_at)
    VALUES ({HASHED.format(address="%(email)s")}, %(reason)s, %(at)s)
    ON CONFLICT (email_hash) DO NOTHING
"""  # noqa: S608 (constants only)
FOUND = f"""
    SELECT reason FROM email_suppression WHERE email_hash = {HASHED.format(address="%(email)s")}
"""  # noqa: S608
LIFT = f"""
    DELETE FROM email_suppression WHERE email_hash = {HASHED.format(address="%(email)s")}
"""  # noqa: S608


@tenancy.atomic
def add(*, email: str, reason: Reason, at: datetime) -> bool:
    """Mail this address no more; False when that was so already (the first reason stays)."""
    return tenancy.execute(ADD, {**pads(), "email": email.strip(), "reason": reason, "at": at}) == 1


@tenancy.atomic
def lift(*, email: str) -> bool:
    """Take it back; False when the address was not suppressed."""
    return tenancy.execute(LIFT, {**pads(), "email": email.strip()}) > 0


def reason(*, email: str) -> str:
    """Why the address is not mailed; ``""`` when nothing is against it."""
    rows = tenancy.rows(FOUND, {**pads(), "email": email.strip()})
    return str(rows[0][0]) if rows else ""


def pads() -> Mapping[str, bytes]:
    """The key of the open tenant as the two parameters that HASHED needs."""
    key = secrets.derived(tenant=tenancy.current(), purpose="mail suppression").ljust(BLOCK_BYTES, b"\0")
    return {"inner": bytes(byte ^ INNER for byte in key), "outer": bytes(byte ^ OUTER for byte in key)}
