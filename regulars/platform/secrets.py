"""Sealing what must not be read from a copied database.

Each tenant has a data key; master keys, which only the environment knows, wrap the data keys. A sealed
value is bound to its tenant and purpose (AES-256-GCM with associated data, NIST SP 800-38D), so it opens
nowhere else. Rotation: put a new master key in front and run ``rotate_keys``.
"""

import base64
import hashlib
import hmac
import os
from datetime import datetime
from functools import lru_cache

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


def seal(value: bytes, *, tenant: str, purpose: str) -> bytes:
    """Encrypt for a tenant. Raises KeyGone when the tenant has no data key."""
    versions = _data_keys(tenant)
    version = max(versions)
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(versions[version]).encrypt(nonce, value, _bound(tenant, purpose))
    return version.to_bytes(2, "big") + nonce + sealed


def unseal(sealed: bytes, *, tenant: str, purpose: str) -> bytes:
    """The value again. Raises KeyGone when it was sealed for another tenant, purpose or destroyed key."""
    version = int.from_bytes(sealed[:2], "big")
    key = _data_keys(tenant).get(version)
    if key is None:
        raise KeyGone(f"No data key {version} for {tenant}.")
    nonce, body = sealed[2 : 2 + NONCE_BYTES], sealed[2 + NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, body, _bound(tenant, purpose))
    except InvalidTag:
        raise KeyGone(f"This value was not sealed for {tenant}, {purpose}.") from None


def derived(*, tenant: str, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose of a tenant, the same for ever: it survives a new data key.

    For what has to be recognised rather than opened: signed tokens, hashes that only we can make. Raises
    KeyGone when the tenant has no data key.
    """
    versions = _data_keys(tenant)
    word = b"derived|" + _bound(tenant, purpose)
    return hmac.new(versions[min(versions)], word, hashlib.sha256).digest()


def rewrap(*, tenant: str) -> int:
    """Wrap a tenant's data keys with the newest master key; returns how many were wrapped anew."""
    rows = list(DataKey.objects.filter(tenant=tenant))
    for row in rows:
        row.wrapped = _wrap(_unwrap(row.wrapped, tenant=tenant), tenant=tenant)
        row.save(update_fields=["wrapped"])
    return len(rows)


def destroy(*, tenant: str) -> None:
    """Forget a tenant's keys: whatever they sealed, wherever a copy lies, can never be read again."""
    DataKey.objects.filter(tenant=tenant).delete()
    forget()


def forget() -> None:
    """Drop the keys this process remembers."""
    _data_keys.cache_clear()


@lru_cache(maxsize=CACHED_KEYS)
def _data_keys(tenant: str) -> dict[int, bytes]:
    with tenancy.shared():
        rows = list(DataKey.objects.filter(tenant=tenant).values_list("version", "wrapped"))
    if not rows:
        raise KeyGone(f"{tenant} has no data key.")
    return {version: _unwrap(wrapped, tenant=tenant) for version, wrapped in rows}


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
