"""Which tenant a host name belongs to, remembered for a moment so that a request asks nothing."""

import threading
import time
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from regulars.platform import tenancy
from regulars.tenants.models import Domain, Tenant, TenantState

REMEMBERED_SECONDS = 30.0
MISSING_SECONDS = 3.0  # a new subscriber's host, or one whose update was mended, must answer soon
MAX_REMEMBERED = 20_000


@dataclass(frozen=True)
class Resolved:
    """What a request needs to know of its tenant."""

    id: UUID
    schema_name: str
    slug: str
    name: str
    currency: str
    time_zone: str
    language: str
    is_quarantined: bool = False


_remembered: dict[str, tuple[float, Resolved | None]] = {}
_lock = threading.Lock()


def tenant_at(host: str) -> Resolved | None:
    """The active tenant at a host name (without port), or None."""
    now = time.monotonic()
    known = _remembered.get(host)
    if known is not None and known[0] > now:
        return known[1]
    found = _looked_up(host)
    with _lock:
        if len(_remembered) >= MAX_REMEMBERED:
            _remembered.clear()
        is_well = found is not None and not found.is_quarantined
        _remembered[host] = (now + (REMEMBERED_SECONDS if is_well else MISSING_SECONDS), found)
    return found


def forget() -> None:
    """Drop what this process remembers: a domain or a tenant has changed."""
    with _lock:
        _remembered.clear()


def is_public(host: str) -> bool:
    return host == settings.PUBLIC_HOST


def _looked_up(host: str) -> Resolved | None:
    with tenancy.shared():
        domain = (
            Domain.objects.select_related("tenant")
            .filter(domain=host, tenant__state=TenantState.ACTIVE)
            .first()
        )
    return described(domain.tenant) if domain else None


def described(tenant: Tenant) -> Resolved:
    """A subscriber's row as requests carry it; never a spare's."""
    return Resolved(
        id=tenant.pk,
        schema_name=tenant.schema_name,
        slug=tenant.slug or "",
        name=tenant.name,
        currency=tenant.currency,
        time_zone=tenant.time_zone,
        language=tenant.language,
        is_quarantined=tenant.quarantined_at is not None,
    )
