"""The logins, roles and database that Regulars needs, made by an administrator once; safe to repeat."""

import psycopg
from psycopg import sql

GRANT_OPTIONS_SINCE = 160000  # PostgreSQL 16

LOGINS = """
DO $$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
"""


def prepare(*, admin_dsn: str, database: str, owner_password: str, app_password: str) -> None:
    """Make ``regulars_owner``, ``regulars_app``, ``regulars_public`` and the database, or mend them.

    ``admin_dsn`` logs in as a role that may create roles and databases.
    """
    with psycopg.connect(admin_dsn, autocommit=True) as admin:
        _roles(admin, owner_password=owner_password, app_password=app_password)
        name = sql.Identifier(database)
        if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
            admin.execute(sql.SQL("CREATE DATABASE {} OWNER regulars_owner").format(name))
    with psycopg.connect(admin_dsn, dbname=database, autocommit=True) as inside:
        inside.execute("CREATE SCHEMA IF NOT EXISTS extensions AUTHORIZATION regulars_owner")
        inside.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA extensions")
        inside.execute("GRANT USAGE ON SCHEMA extensions TO PUBLIC")
        inside.execute("ALTER SCHEMA public OWNER TO regulars_owner")
        inside.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")


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
    options = "WITH INHERIT FALSE, SET TRUE" if admin.info.server_version >= GRANT_OPTIONS_SINCE else ""
    admin.execute(sql.SQL("GRANT regulars_public TO regulars_app {}").format(sql.SQL(options)))
    admin.execute("GRANT regulars_public TO regulars_owner WITH ADMIN OPTION")
    # A fresh or reset connection of the application is in the public role without asking for it.
    admin.execute("ALTER ROLE regulars_app SET role = 'regulars_public'")
