"""The only door to the database: which tenant this thread works for, and in which transaction.

django-tenants' own ``with tenant:`` and decorators keep their state on objects that threads share; these
context managers keep it in the frame, so they are safe in threads.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import structlog
from django.db import connection, transaction
from django.db.utils import InterfaceError, OperationalError

from regulars.platform.database.base import OWNER

PUBLIC = "public"

# What the database says when it is not there, starting up, shutting down or out of connections.
Unavailable = (OperationalError, InterfaceError)

# The unit of work of every use case. When tenants have databases of their own, this picks the right one.
atomic = transaction.atomic


class NoTenant(RuntimeError):
    """Tenant work was started without saying for whom: a bug, never a refusal."""


def current() -> str:
    """The schema of the tenant at work. Raises NoTenant on the public schema."""
    schema = str(cast(Any, connection).schema_name)
    if schema == PUBLIC:
        raise NoTenant("no tenant is open here")
    return schema


@contextmanager
def opened(tenant: str) -> Iterator[None]:
    """Work for one tenant: its search_path and its role, until the block is left.

    ``tenant`` is a schema name. Raises NoTenant for an empty or the public one.
    """
    if not tenant or tenant == PUBLIC:
        raise NoTenant("tenant work needs a tenant")
    with structlog.contextvars.bound_contextvars(tenant=tenant), _schema(tenant):
        yield


@contextmanager
def shared() -> Iterator[None]:
    """Step out of the tenant to the shared tables, in the same transaction; never for the CRM."""
    with _schema(PUBLIC):
        yield


@contextmanager
def apart(tenant: str) -> Iterator[None]:
    """``opened``, for a thread of one's own: its connection is given back when the block is left."""
    try:
        with opened(tenant):
            yield
    finally:
        connection.close()


def after_commit(call: Callable[[], object]) -> None:
    """Do something nobody relies on, once the change is safe. Failing at it is logged, not raised."""
    require_atomic()
    transaction.on_commit(call, robust=True)


def require_atomic() -> None:
    """Raises RuntimeError outside a transaction."""
    if not connection.in_atomic_block:
        raise RuntimeError("this belongs into the transaction of a use case, or it could be lost")


def lock(*words: object) -> None:
    """Wait until nobody else works on these words in this database; held to the transaction's end."""
    require_atomic()
    schema = str(cast(Any, connection).schema_name)
    digest = hashlib.blake2b("|".join([schema, *map(str, words)]).encode(), digest_size=8).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(digest, "big", signed=True)])


def execute(sql: Any, params: Any = None) -> int:
    """Run one fixed statement (a constant of the calling module); returns how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def rows(sql: Any, params: Any = None) -> list[tuple[Any, ...]]:
    """The rows of one fixed query (a constant of the calling module)."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


@contextmanager
def frozen() -> Iterator[None]:
    """Read the open tenant as it is at one moment, however long that takes; nothing can be changed.

    Never inside another transaction: raises RuntimeError there.
    """
    if connection.in_atomic_block:
        raise RuntimeError("a moment cannot be frozen in the middle of a transaction")
    rows("SELECT 1")  # the role is put on before, because the transaction's first statement fixes the moment
    with atomic():
        execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        execute("SET LOCAL statement_timeout = 0")
        yield


def unhurried() -> None:
    """No statement of this transaction is ended for taking long: work of operators."""
    require_atomic()
    execute("SET LOCAL statement_timeout = 0")


def copied_out(sql: Any) -> Iterator[bytes]:
    """The blocks of ``COPY … TO STDOUT`` by a fixed statement."""
    with connection.cursor() as cursor, cast(Any, cursor).copy(sql) as copy:
        for block in copy:
            yield bytes(block)


def copied_rows(sql: Any) -> Iterator[tuple[Any, ...]]:
    """The rows of the same, each value as text."""
    with connection.cursor() as cursor, cast(Any, cursor).copy(sql) as copy:
        yield from copy.rows()


@contextmanager
def poured_in(sql: Any) -> Iterator[Callable[[bytes], None]]:
    """``COPY … FROM STDIN``: yields the function that takes a block as ``copied_out`` gave it."""
    with connection.cursor() as cursor, cast(Any, cursor).copy(sql) as copy:
        yield copy.write


@contextmanager
def copied_in(sql: str) -> Iterator[Callable[[tuple[Any, ...]], None]]:
    """``COPY … FROM STDIN`` by a fixed statement: yields the function that takes one row."""
    with connection.cursor() as cursor, cast(Any, cursor).copy(sql) as copy:
        yield copy.write_row


@contextmanager
def alone(word: str) -> Iterator[bool]:
    """Is nobody else in a block of this name, in this database? Held by a connection of its own."""
    door = connection.copy()
    door.settings_dict["OPTIONS"].pop("pool", None)
    digest = hashlib.blake2b(word.encode(), digest_size=8).digest()
    try:
        with door.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [int.from_bytes(digest, "big", signed=True)])
            is_alone = bool(cursor.fetchone()[0])
        yield is_alone
    finally:
        door.close()


def reconnect() -> None:
    """Let go of this process's connections, so that the next statement opens a new one.

    Before a fork, and now and then on a walk over many tenants: a connection remembers every one it has seen.
    """
    connection.close()
    if "pool" in connection.settings_dict["OPTIONS"]:
        cast(Any, connection).close_pool()


def is_owner() -> bool:
    """Does this process log in as the owner of all schemas?"""
    return str(connection.settings_dict["USER"]).startswith(OWNER)


def is_connected() -> bool:
    """Does this thread hold a connection that the database has answered on?"""
    return connection.connection is not None


def ping() -> bool:
    """Does the database answer?"""
    try:
        return rows("SELECT 1") == [(1,)]
    except Unavailable:
        return False


@contextmanager
def _schema(name: str) -> Iterator[None]:
    wrapper = cast(Any, connection)
    before = wrapper.schema_name
    wrapper.set_schema(name)
    try:
        yield
    finally:
        wrapper.set_schema(before)
