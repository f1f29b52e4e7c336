"""Identifiers that rise with time and show no counter."""

import os
import secrets
import time
from base64 import b32encode
from uuid import UUID

SCHEMA_NAME_BYTES = 10


def new() -> UUID:
    """A UUIDv7 (RFC 9562, 5.7): 48 bits of milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = int.from_bytes(milliseconds.to_bytes(6, "big") + os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def schema_name() -> str:
    """A tenant's immutable schema and role: ``t_`` and 16 letters of base32, never the subscriber's name."""
    return "t_" + b32encode(secrets.token_bytes(SCHEMA_NAME_BYTES)).decode().lower()


def token(*, bytes_count: int = 32) -> str:
    """An unguessable URL-safe word."""
    return secrets.token_urlsafe(bytes_count)
