"""Partners' API keys: from ``Authorization: Bearer rk_…`` to the tenant and what the key may do.

A key is ``rk_<prefix>_<secret>``: found by its prefix, proved by the SHA-256 of its secret (256 random bits
need no slow hash), shown once. Looked up in the public schema, before any tenant is entered.
"""

import hashlib
import hmac
import re
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from uuid import UUID

from django.core.cache import cache
from django.db.models import Q
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from regulars.platform import errors, ids, tenancy
from regulars.tenants import entitlements, resolving
from regulars.tenants.models import ApiKey, Tenant, TenantState

# What a key may do. A key keeps the scopes it was made with: a new one here opens nothing for it.
SCOPES = (
    "customers:read",
    "customers:write",
    "orders:read",
    "products:read",
    "segments:read",
    "segments:write",
    "campaigns:read",
)
# What a key is given when nobody chooses: reading, never changing.
READING = tuple(scope for scope in SCOPES if scope.endswith(":read"))
PREFIX_BYTES = 6
SECRET_BYTES = 32
MAX_NAME_CHARACTERS = 120
KEY = re.compile(r"rk_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
LOOKS_LIKE_A_KEY = re.compile(r"rk_[0-9a-f]{12}_")

REMEMBERED_SECONDS = 15.0  # how long a process trusts what it read, while the version has not changed
MAX_REMEMBERED = 10_000
USE_IS_NOTED_EVERY = timedelta(minutes=1)
VERSION = "api-keys:version"  # a new word in the shared cache drops what every process remembers
NOBODYS_HASH = hashlib.sha256(b"").hexdigest()


class KeyRefused(errors.Refused):
    """The key opens nothing: unknown, wrong, revoked or expired."""

    status = 401
    code = "invalid_key"


class UnknownKey(errors.NotFound):
    code = "unknown_key"


class UnknownScope(errors.Invalid):
    code = "unknown_scope"


class Nameless(errors.Invalid):
    code = "nameless_key"


@dataclass(frozen=True)
class Holder:
    """Who comes with a key. ``tenant`` is the one it opens."""

    key_id: UUID
    tenant: resolving.Resolved
    scopes: frozenset[str]
    secret_hash: str
    expires_at: datetime | None
    revoked_at: datetime | None
    access: str = "full"  # entitlements.Access; forget() when it changes


_remembered: dict[str, tuple[float, str, Holder]] = {}
_noted: dict[UUID, datetime] = {}
_lock = threading.Lock()


@tenancy.atomic
def make(
    *, name: str, at: datetime, scopes: Iterable[str] = READING, expires_at: datetime | None = None
) -> str:
    """A new key of the open tenant, in clear: the only time it is seen.

    Raises Nameless, UnknownScope, and NotEntitled when the plan holds no API.
    """
    given = sorted(set(scopes))
    if not given or set(given) - set(SCOPES):
        raise UnknownScope(_("A key needs scopes out of: %(scopes)s.") % {"scopes": ", ".join(SCOPES)})
    if not name.strip() or len(name.strip()) > MAX_NAME_CHARACTERS:
        raise Nameless(
            _("A key needs a name of at most %(most)d characters.") % {"most": MAX_NAME_CHARACTERS}
        )
    entitlements.require("api")
    schema = tenancy.current()
    prefix, secret = token_hex(PREFIX_BYTES), ids.token(bytes_count=SECRET_BYTES)
    with tenancy.shared():
        ApiKey.objects.create(
            prefix=prefix,
            secret_hash=_hashed(secret),
            tenant=Tenant.objects.get(schema_name=schema),
            name=name.strip(),
            scopes=given,
            made_at=at,
            expires_at=expires_at,
        )
    return f"rk_{prefix}_{secret}"


@tenancy.atomic
def revoke(*, key_id: UUID, at: datetime) -> None:
    """The key opens nothing from now on, in any process. Twice is once. Raises UnknownKey."""
    schema = tenancy.current()
    with tenancy.shared():
        rows = ApiKey.objects.filter(pk=key_id, tenant__schema_name=schema)
        if not rows.exists():
            raise UnknownKey(_("There is no such key."))
        rows.filter(revoked_at=None).update(revoked_at=at)
    tenancy.after_commit(forget)


def listed() -> list[ApiKey]:
    """The open tenant's keys, newest first, revoked ones too."""
    schema = tenancy.current()
    with tenancy.shared():
        return list(ApiKey.objects.filter(tenant__schema_name=schema).order_by("-made_at", "-pk"))


def resolve(key: str, *, at: datetime) -> Holder:
    """Who comes with this key. Asks the database nothing while it is remembered. Raises KeyRefused."""
    found = KEY.fullmatch(key)
    holder = _holder(found[1]) if found else None
    stored = holder.secret_hash if holder else NOBODYS_HASH
    is_proven = hmac.compare_digest(_hashed(found[2] if found else ""), stored)
    if holder is None or not is_proven:
        raise KeyRefused("This API key is not known.")
    if holder.revoked_at is not None:
        raise KeyRefused("This API key has been revoked.")
    if holder.expires_at is not None and holder.expires_at <= at:
        raise KeyRefused("This API key has expired.")
    _note_use(holder, at)
    return holder


def forget() -> None:
    """Drop what every process remembers of keys."""
    with _lock:
        _remembered.clear()
        _noted.clear()
    with suppress(RedisError, OSError):  # without the shared cache no process trusts what it remembers
        cache.set(VERSION, ids.token(bytes_count=12), None)


def _holder(prefix: str) -> Holder | None:
    now, version = time.monotonic(), _version()
    known = _remembered.get(prefix)
    if known is not None and version is not None and known[0] > now and known[1] == version:
        return known[2]
    holder = _looked_up(prefix)
    if holder is not None and version is not None:  # guessed keys must not fill the memory
        with _lock:
            if len(_remembered) >= MAX_REMEMBERED:
                _remembered.clear()
            _remembered[prefix] = (now + REMEMBERED_SECONDS, version, holder)
    return holder


def _version() -> str | None:
    """Read before the row, so that a row read before a revocation is never kept under the word after it."""
    try:
        version: str | None = cache.get(VERSION)
        if version is None:
            version = cache.get_or_set(VERSION, ids.token(bytes_count=12), None)
    except (RedisError, OSError):
        return None
    return version


def _looked_up(prefix: str) -> Holder | None:
    with tenancy.shared():
        rows = ApiKey.objects.select_related("tenant").filter(tenant__state=TenantState.ACTIVE)
        row = rows.filter(prefix=prefix).first()
    if row is None:
        return None
    return Holder(
        key_id=row.pk,
        tenant=resolving.described(row.tenant),
        scopes=frozenset(row.scopes),
        secret_hash=row.secret_hash,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        access=row.tenant.reach,
    )


def _note_use(holder: Holder, at: datetime) -> None:
    """``last_used_at``, once a minute whatever the number of processes: who reads it asks for the day."""
    noted = _noted.get(holder.key_id)
    if noted is not None and at - noted < USE_IS_NOTED_EVERY:
        return
    with _lock:
        if len(_noted) >= MAX_REMEMBERED:
            _noted.clear()
        _noted[holder.key_id] = at
    stale = Q(last_used_at=None) | Q(last_used_at__lte=at - USE_IS_NOTED_EVERY)
    with tenancy.shared():
        ApiKey.objects.filter(stale, pk=holder.key_id).update(last_used_at=at)


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
