"""PostgreSQL behind two locks: each tenant's ``search_path`` and, in the same statement, its role.

A connection of the application's login starts, and comes back from the pool's reset, in the public role
and path (``ALTER ROLE regulars_app SET role``), so that only entering a tenant costs a statement.
"""

from contextlib import closing, nullcontext
from typing import Any

from django_tenants.postgresql_backend import base
from django_tenants.utils import quote_schema_name
from psycopg.pq import TransactionStatus

from regulars.platform.database.pool import reset

PUBLIC = "public"
OWNER = "regulars_owner"
SHARED = "regulars_public"
EXTENSIONS = "extensions"
TEMPORARY = "pg_temp"
ENTER = "SELECT set_config('role', %s, false), set_config('search_path', %s, false)"


def role_of(*, login: str, schema: str) -> str:
    """The role that goes with a schema; the owner's login keeps its own rights."""
    if login.startswith(OWNER):
        return "none"
    return SHARED if schema == PUBLIC else schema


def in_its_schema(execute: Any, sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Before each statement: a cursor may have been opened before another schema was entered and left."""
    context["connection"]._handle_search_path()
    return execute(sql, params, many, context)


class DatabaseWrapper(base.DatabaseWrapper):
    """``schema_name`` says what is due, ``_in_force`` what the server was last told (None: not known)."""

    _in_force: str | None = None
    _setting_search_path: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pool = self.settings_dict["OPTIONS"].get("pool")
        if isinstance(pool, dict):
            pool.setdefault("reset", reset)
        self.execute_wrappers.append(in_its_schema)

    def set_tenant(self, tenant: Any, include_public: bool = True) -> None:
        self.tenant = tenant
        self.schema_name = tenant.schema_name
        self.include_public_schema = include_public
        self.set_settings_schema(self.schema_name)
        self.search_path_set_schemas = None

    def _get_cursor_search_paths(self) -> list[str]:
        # Operator classes of extensions are named in migrations only, which the owner runs. (Naming the
        # schema in PG_EXTRA_SEARCH_PATHS would make django-tenants query the database while Django starts.)
        paths: list[str] = super()._get_cursor_search_paths()
        if self.settings_dict["USER"].startswith(OWNER):
            return [*paths, EXTENSIONS]
        # Unnamed it comes first: a temporary table left by one tenant would stand before the next one's own.
        return [*paths, TEMPORARY]

    def get_new_connection(self, conn_params: Any) -> Any:
        connection = super().get_new_connection(conn_params)
        is_owner = self.settings_dict["USER"].startswith(OWNER)
        self._in_force = None if is_owner else PUBLIC
        return connection

    def close(self) -> None:
        self._in_force = None
        super().close()

    def rollback(self) -> None:
        # set_config is undone with the transaction that called it.
        self._in_force = None
        super().rollback()

    def savepoint_rollback(self, sid: str) -> None:
        try:
            super().savepoint_rollback(sid)
        finally:
            self._in_force = None

    def _handle_search_path(self, cursor: Any = None) -> None:
        if self._setting_search_path or self._in_force == self.schema_name:
            return
        if self.connection.info.transaction_status == TransactionStatus.INERROR:
            return  # only a rollback can follow, and after it path and role are set anew
        role = role_of(login=self.settings_dict["USER"], schema=self.schema_name)
        path = ",".join(quote_schema_name(schema) for schema in self._get_cursor_search_paths())
        self._setting_search_path = True
        try:
            # Unlike django-tenants' own, a failure here is raised: it must never be ignored.
            with nullcontext(cursor) if cursor else closing(self.connection.cursor()) as door:
                door.execute(ENTER, [role, path])
        finally:
            self._setting_search_path = False
        self._in_force = self.schema_name
