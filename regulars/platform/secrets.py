"""Sealing what must not be read from a copied database.

Each tenant has a data key; master keys, which only the environment knows, wrap the data keys. A sealed
value is bound to its tenant and purpose (AES-256-GCM with associated data, NIST SP 800-38D), so it opens
nowhere else. Rotation: put a new master key in front and run ``rotate_keys``.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from regulars.platform import tenancy
from regulars.platform.models import DataKey

KEY_BYTES = 32
NONCE_BYTES = 12
CACHED_KEYS = 4096


class KeyGone(RuntimeError):
    """The key that sealed a value is not there: destroyed with its tenant, or a master key is missing."""


def make_data_key(*, tenant: str, at: datetime) -> None:
    """Give a tenant a new data key; values sealed before keep opening with theirs."""
    newest = (
        DataKey.objects.filter(tenant=tenant).order_by("-version").values_list("version", flat=True).first()
    )
    version = (newest or 0) + 1
    wrapped = _wrap(os.urandom(KEY_BYTES), tenant=tenant)
    DataKey.objects.create(tenant=tenant, version=version, wrapped=wrapped, made_at=at)
    forget()


@dataclass(frozen=True)
class Ring:
    """A tenant's data keys, at hand: version -> the schema that its values are bound to, and the key."""

    tenant: str
    keys: Mapping[int, tuple[str, bytes]]

    def seal(self, value: bytes, *, purpose: str) -> bytes:
        version = max(self.keys)
        bound_to, key = self.keys[version]
        nonce = os.urandom(NONCE_BYTES)
        return (
            version.to_bytes(2, "big") + nonce + AESGCM(key).encrypt(nonce, value, _bound(bound_to, purpose))
        )

    def unseal(self, sealed: bytes, *, purpose: str) -> bytes:
        version = int.from_bytes(sealed[:2], "big")
        if version not in self.keys:
            raise KeyGone(f"No data key {version} for {self.tenant}.")
        bound_to, key = self.keys[version]
        nonce, body = sealed[2 : 2 + NONCE_BYTES], sealed[2 + NONCE_BYTES :]
        try:
            return AESGCM(key).decrypt(nonce, body, _bound(bound_to, purpose))
        except InvalidTag:
            raise KeyGone(f"This value was not sealed for {self.tenant}, {purpose}.") from None


def seal(value: bytes, *, tenant: str, purpose: str) -> bytes:
    """Encrypt for a tenant. Raises KeyGone when the tenant has no data key."""
    return ring(tenant).seal(value, purpose=purpose)


def unseal(sealed: bytes, *, tenant: str, purpose: str) -> bytes:
    """The value again. Raises KeyGone when it was sealed for another tenant, purpose or destroyed key."""
    return ring(tenant).unseal(sealed, purpose=purpose)


def derived(*, tenant: str, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose of a tenant, the same for ever: it survives a new data key.

    For what has to be recognised rather than opened: signed tokens, hashes that only we can make. Raises
    KeyGone when the tenant has no data key.
    """
    versions = ring(tenant).keys
    bound_to, key = versions[min(versions)]
    return hmac.new(key, b"derived|" + _bound(bound_to, purpose), hashlib.sha256).digest()


def rewrap(*, tenant: str) -> int:
    """Wrap a tenant's data keys with the newest master key; returns how many were wrapped anew."""
    rows = list(DataKey.objects.filter(tenant=tenant))
    for row in rows:
        row.wrapped = _wrap(_unwrap(row.wrapped, tenant=tenant), tenant=tenant)
        row.save(update_fields=["wrapped"])
    return len(rows)


def wrapped_keys(*, tenant: str) -> list[dict[str, Any]]:
    """A tenant's data keys as they lie here, for a dump: worth nothing without a master key."""
    with tenancy.shared():
        rows = DataKey.objects.filter(tenant=tenant).order_by("version")
        return [
            {
                "version": row.version,
                "wrapped": row.wrapped,
                "bound_to": row.bound_to or tenant,
                "made_at": row.made_at.isoformat(),
            }
            for row in rows
        ]


def adopt(*, tenant: str, keys: Sequence[Mapping[str, Any]], of: str, at: datetime) -> None:
    """Give a new tenant the data keys of another, so that it reads and recognises what those sealed.

    ``keys`` are ``wrapped_keys`` of the tenant ``of``. What the new one seals, only a key of its own opens.
    Raises KeyGone when no master key here opens them.
    """
    tenancy.require_atomic()
    DataKey.objects.filter(tenant=tenant).delete()
    for each in keys:
        DataKey.objects.create(
            tenant=tenant,
            version=each["version"],
            wrapped=_wrap(_unwrap(each["wrapped"], tenant=of), tenant=tenant),
            made_at=datetime.fromisoformat(each["made_at"]),
            bound_to=each["bound_to"],
        )
    make_data_key(tenant=tenant, at=at)


def destroy(*, tenant: str) -> None:
    """Forget a tenant's keys: whatever they sealed, wherever a copy lies, can never be read again."""
    DataKey.objects.filter(tenant=tenant).delete()
    forget()


def forget() -> None:
    """Drop the keys this process remembers."""
    ring.cache_clear()


@lru_cache(maxsize=CACHED_KEYS)
def ring(tenant: str) -> Ring:
    """A tenant's data keys, for many values in a row. Raises KeyGone when the tenant has none."""
    with tenancy.shared():
        rows = list(DataKey.objects.filter(tenant=tenant).values_list("version", "bound_to", "wrapped"))
    if not rows:
        raise KeyGone(f"{tenant} has no data key.")
    keys = {version: (bound_to or tenant, _unwrap(key, tenant=tenant)) for version, bound_to, key in rows}
    return Ring(tenant=tenant, keys=keys)


def _wrap(key: bytes, *, tenant: str) -> str:
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(_master_keys()[0]).encrypt(nonce, key, _bound(tenant, "data key"))
    return base64.b64encode(nonce + sealed).decode()


def _unwrap(wrapped: str, *, tenant: str) -> bytes:
    raw = base64.b64decode(wrapped)
    for master in _master_keys():
        try:
            return AESGCM(master).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _bound(tenant, "data key"))
        except InvalidTag:
            continue
    raise KeyGone(f"No master key opens the data key of {tenant}: was REGULARS_MASTER_KEYS changed?")


def _master_keys() -> list[bytes]:
    return [base64.b64decode(key) for key in settings.MASTER_KEYS]


def _bound(tenant: str, purpose: str) -> bytes:
    return f"{tenant}|{purpose}".encode()
