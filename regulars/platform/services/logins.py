"""The logins, roles and database that Regulars needs, made by an administrator once; safe to repeat."""

from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

GRANT_OPTIONS_SINCE = 160000  # PostgreSQL 16
OLDEST_SERVER = 150000

LOGINS = """
DO $$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
"""


class Refused(Exception):
    """The server cannot be used or did not obey; the message is its own, on one line."""


def prepared_addresses(
    *, admin_dsn: str, database: str, owner_password: str, app_password: str
) -> dict[str, str]:
    """``prepare`` the database that ``admin_dsn`` names, else ``database``; both addresses by variable.

    The libpq parameters of ``admin_dsn`` (``sslmode`` and such) hold for both. Raises Refused.
    """
    try:
        parts = urlsplit(admin_dsn)
        name = parts.path.lstrip("/")
        # PostgreSQL's own maintenance database is where an administrator logs in, not a place for tables.
        name = database if name in ("", "postgres") else name
        server = parts.netloc.rpartition("@")[2]
        prepare(admin_dsn=admin_dsn, database=name, owner_password=owner_password, app_password=app_password)
    except (psycopg.Error, ValueError) as problem:
        reason = (str(problem).strip().splitlines() or [type(problem).__name__])[0]
        raise Refused(reason) from problem

    def address(login: str, password: str) -> str:
        return urlunsplit(("postgresql", f"{login}:{quote(password)}@{server}", f"/{name}", parts.query, ""))

    return {
        "DATABASE_URL": address("regulars_app", app_password),
        "DATABASE_OWNER_URL": address("regulars_owner", owner_password),
    }


def prepare(*, admin_dsn: str, database: str, owner_password: str, app_password: str) -> None:
    """Make ``regulars_owner``, ``regulars_app``, ``regulars_public`` and the database, or mend them.

    ``admin_dsn`` logs in as a role that may create roles and databases; it need not be a superuser.
    Raises Refused for a server that is too old, psycopg.Error for what the server refuses.
    """
    with psycopg.connect(admin_dsn, autocommit=True) as admin:
        if admin.info.server_version < OLDEST_SERVER:
            raise Refused("PostgreSQL 15 or newer is needed")
        _roles(admin, owner_password=owner_password, app_password=app_password)
        name = sql.Identifier(database)
        if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
            admin.execute(
                sql.SQL("CREATE DATABASE {} OWNER regulars_owner TEMPLATE template0 ENCODING 'UTF8'").format(
                    name
                )
            )
        # A database that was there before belongs to somebody else: schemas are made in it all the same.
        admin.execute(
            sql.SQL("GRANT CREATE, CONNECT, TEMPORARY ON DATABASE {} TO regulars_owner").format(name)
        )
    with psycopg.connect(admin_dsn, dbname=database, autocommit=True) as inside:
        inside.execute("SET ROLE regulars_owner" if _owns(inside) else "RESET ROLE")
        inside.execute("CREATE SCHEMA IF NOT EXISTS extensions AUTHORIZATION regulars_owner")
        inside.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA extensions")
        inside.execute("GRANT USAGE ON SCHEMA extensions TO PUBLIC")
        inside.execute("ALTER SCHEMA public OWNER TO regulars_owner")
        inside.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        inside.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")


def _roles(
    admin: "psycopg.Connection[tuple[object, ...]]", *, owner_password: str, app_password: str
) -> None:
    for role in ("regulars_owner", "regulars_app", "regulars_public"):
        admin.execute(sql.SQL(LOGINS).format(role=sql.Identifier(role)))
    admin.execute(
        sql.SQL("ALTER ROLE regulars_owner LOGIN CREATEROLE PASSWORD {}").format(sql.Literal(owner_password))
    )
    admin.execute(
        sql.SQL("ALTER ROLE regulars_app LOGIN NOINHERIT PASSWORD {}").format(sql.Literal(app_password))
    )
    is_new = admin.info.server_version >= GRANT_OPTIONS_SINCE
    options = "WITH INHERIT FALSE, SET TRUE" if is_new else ""
    admin.execute(sql.SQL("GRANT regulars_public TO regulars_app {}").format(sql.SQL(options)))
    admin.execute("GRANT regulars_public TO regulars_owner WITH ADMIN OPTION")
    # A fresh or reset connection of the application is in the public role without asking for it.
    admin.execute("ALTER ROLE regulars_app SET role = 'regulars_public'")
    if not _is_superuser(admin):  # to make a database of the owner's, and to work in it as he
        admin.execute("GRANT regulars_owner TO CURRENT_USER")


def _is_superuser(connection: "psycopg.Connection[tuple[object, ...]]") -> bool:
    return connection.info.parameter_status("is_superuser") == "on"


def _owns(connection: "psycopg.Connection[tuple[object, ...]]") -> bool:
    """May the owner work here? Then he does all; in a database of somebody else's the administrator must."""
    answer = connection.execute(
        "SELECT n.nspowner = 'regulars_owner'::regrole OR "
        "(n.nspowner = 'pg_database_owner'::regrole AND d.datdba = 'regulars_owner'::regrole) "
        "FROM pg_namespace n, pg_database d WHERE n.nspname = 'public' AND d.datname = current_database()"
    ).fetchone()
    return bool(answer and answer[0])
