"""Tenants whose schema could not be brought to this release: their work waits until it could."""

import threading
import time

from regulars.platform import tenancy

REMEMBERED_SECONDS = 5.0
HELD = "SELECT schema_name FROM tenants_tenant WHERE quarantined_at IS NOT NULL"

_lock = threading.Lock()
_held: tuple[float, frozenset[str]] = (0.0, frozenset())


def holds(tenant: str) -> bool:
    """Does this tenant's work have to wait? Known to this process within seconds."""
    global _held
    known = _held
    if known[0] <= time.monotonic():
        with tenancy.shared():
            names = frozenset(str(row[0]) for row in tenancy.rows(HELD))
        known = (time.monotonic() + REMEMBERED_SECONDS, names)
        with _lock:
            _held = known
    return tenant in known[1]


def forget() -> None:
    """Drop what this process remembers."""
    global _held
    with _lock:
        _held = (0.0, frozenset())
