"""One tenant's schema brought to this release, with patience for locks; or the tenant in quarantine."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import OperationalError
from psycopg import sql

from regulars.platform import roles, tenancy
from regulars.tenants import migrating, routes
from regulars.tenants.migrating import Late
from regulars.tenants.models import Tenant

log = structlog.get_logger(__name__)

MAX_REASON_LETTERS = 500
LOCKED = frozenset({"55P03", "40P01"})  # lock_not_available, deadlock_detected
# Nobody's schema is to blame: the server went away (08…, 57P0x) or has no room (53…).
AWAY = ("08", "53", "57P")
WITHIN = "SELECT set_config('lock_timeout', %s, true), set_config('statement_timeout', %s, true)"
WITHIN_THE_SESSION = (
    "SELECT set_config('lock_timeout', %s, false), set_config('statement_timeout', %s, false)"
)

REPLAY = """
SET LOCAL lock_timeout = {lock};
SET LOCAL statement_timeout = {statement};
SET LOCAL search_path = {schema}, extensions;
{script};
UPDATE public.tenants_tenant SET schema_version = {version}, quarantined_at = NULL, quarantine_reason = ''
WHERE id = {pk};
SET LOCAL search_path = public, extensions
"""


@dataclass(frozen=True)
class Patience:
    """How long a move waits for a lock, after which pauses it tries again, and one statement's time.

    Everybody who wants a table queues behind the move that waits for it: hence short and often.
    """

    lock_milliseconds: int = 3_000
    pauses_seconds: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0)
    statement_milliseconds: int = 600_000


@dataclass(frozen=True)
class Move:
    """What came of one tenant. ``problem``: why it is in quarantine now."""

    late: Late
    ran: tuple[str, ...] = ()
    problem: str = ""


def make(
    late: Late,
    route: routes.Route,
    *,
    at: datetime,
    patience: Patience,
    sleep: Callable[[float], None] = time.sleep,
) -> Move:
    """Move one tenant's schema, its version in the same transaction; or put the tenant in quarantine.

    Raises OperationalError when the server is away: that is no tenant's fault.
    """
    for pause in (*patience.pauses_seconds, None):
        try:
            _try(late, route, patience)
        except Exception as problem:
            state = _state_of(problem)
            if isinstance(problem, OperationalError) and (not state or state.startswith(AWAY)):
                raise
            if state in LOCKED and pause is not None:
                log.info("tenant_is_busy", tenant=late.schema, again_after_seconds=pause)
                sleep(pause)
                continue
            return quarantine(late, _reason(problem), at=at)
        return Move(late, route.names)
    raise AssertionError("the last try has no pause after it")


def quarantine(late: Late, reason: str, *, at: datetime) -> Move:
    """Its hosts and its keys answer 503 and its tasks wait, until a migration succeeds."""
    with tenancy.shared():
        Tenant.objects.filter(pk=late.pk).update(quarantined_at=at, quarantine_reason=reason)
    log.error("tenant_quarantined", tenant=late.schema, slug=late.slug, reason=reason)
    return Move(late, problem=reason)


def _settle(late: Late) -> None:
    """At this release, and well."""
    with tenancy.shared():
        Tenant.objects.filter(pk=late.pk).update(
            schema_version=migrating.fingerprint(), quarantined_at=None, quarantine_reason=""
        )


def free_the_current() -> int:
    """Let those out of quarantine whose schema is at this very release: the new one was taken back."""
    with tenancy.shared():
        held = Tenant.objects.exclude(quarantined_at=None).filter(schema_version=migrating.fingerprint())
        return held.update(quarantined_at=None, quarantine_reason="")


def _try(late: Late, route: routes.Route, patience: Patience) -> None:
    limits = [f"{patience.lock_milliseconds}ms", f"{patience.statement_milliseconds}ms"]
    if not route.is_plain:
        _step_by_step(late, limits)
    elif route.script or not route.missing:
        _replay(late, route.script, limits)
    else:
        with tenancy.atomic():
            with tenancy.opened(late.schema):
                tenancy.execute(WITHIN, limits)
                script = routes.recorded(route)
            _settle(late)
        route.script = script


def _replay(late: Late, script: str, limits: list[str]) -> None:
    """All in one text, and the path without the public schema: a table that is missing here is no other's."""
    lock, statement = map(sql.Literal, limits)
    words = sql.SQL(REPLAY).format(
        lock=lock,
        statement=statement,
        schema=sql.Identifier(late.schema),
        script=sql.SQL(script),  # what Django sent, no value of anybody's in it
        version=sql.Literal(migrating.fingerprint()),
        pk=sql.Literal(late.pk),
    )
    with tenancy.atomic(), tenancy.shared():
        tenancy.execute(words)


def _step_by_step(late: Late, limits: list[str]) -> None:
    """Each migration in a transaction of its own, as Django does it: moving rows may take long.

    Those that are done stay done, so the next try goes on where this one ended.
    """
    with tenancy.shared():
        Tenant.objects.filter(pk=late.pk).update(schema_version="")
        tenancy.execute(WITHIN_THE_SESSION, limits)
    migrating.migrate_schema(late.schema)
    with tenancy.atomic(), tenancy.shared():
        roles.lock_tenant(late.schema)
        _settle(late)


def _state_of(problem: Exception) -> str:
    """PostgreSQL's code for what went wrong; empty when it did not say."""
    return str(getattr(problem.__cause__, "sqlstate", None) or "")


def _reason(problem: Exception) -> str:
    words = (str(problem).strip().splitlines() or [""])[0]
    return f"{type(problem).__name__}: {words}"[:MAX_REASON_LETTERS]
