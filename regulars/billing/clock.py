"""What time does to subscriptions, and the nightly look that finds what no event told."""

from collections.abc import Callable
from datetime import datetime

import structlog

from regulars.billing import subscriptions
from regulars.platform import errors

log = structlog.get_logger(__name__)


def tick(*, at: datetime) -> int:
    """Move on everybody whose time has come; returns how many changed.

    Asked anew before anything is taken away; while the payer's side is away, the last answer counts.
    """
    return sum(_moved_on(tenant, at=at) for tenant in subscriptions.due(at=at))


def reconcile(*, at: datetime) -> dict[str, int]:
    """Ask for every subscription anew, the same way an event does. ``drifted``: no event had told of it."""
    counts = {"asked": 0, "drifted": 0, "failed": 0}
    for tenant in subscriptions.subscribed():
        counts["asked"] += 1
        refreshed = _guarded(_refreshed, tenant, at=at)
        if refreshed is None:
            counts["failed"] += 1
        elif refreshed:
            counts["drifted"] += 1
            log.error("billing_drift", tenant=tenant)
    return counts


def _moved_on(tenant: str, *, at: datetime) -> bool:
    subscriptions.found(tenant=tenant, at=at)
    try:
        return subscriptions.refresh(tenant=tenant, at=at, cause=subscriptions.CAUSE_CLOCK)
    except errors.Refused as refused:
        log.warning("billing_not_asked", tenant=tenant, why=refused.code)
    return bool(_guarded(_settled, tenant, at=at))


def _refreshed(tenant: str, at: datetime) -> bool:
    return subscriptions.refresh(tenant=tenant, at=at, cause=subscriptions.CAUSE_RECONCILE)


def _settled(tenant: str, at: datetime) -> bool:
    return subscriptions.settle(tenant=tenant, at=at)


def _guarded(work: Callable[[str, datetime], bool], tenant: str, *, at: datetime) -> bool | None:
    """One tenant's trouble is not another's: None when it failed."""
    try:
        return work(tenant, at)
    except errors.Refused as refused:
        log.error("billing_failed", tenant=tenant, why=refused.code)
    except Exception:
        log.exception("billing_failed", tenant=tenant)
    return None
