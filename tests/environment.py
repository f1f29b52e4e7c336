"""Loaded before Django: starts the services once a run and gives each xdist worker a database of its own.

The template database holds the migrated public schema, two tenants (``teashop``, ``bookshop``) and spare
schemas; a worker's database is a copy of it.
"""

import atexit
import os
import subprocess
import sys
from pathlib import Path

import psycopg
from psycopg import sql

os.environ["DJANGO_SETTINGS_MODULE"] = "regulars.settings.test"

ROOT = Path(__file__).resolve().parents[1]
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
DATABASE = f"test_{WORKER}"


def _start():
    from tests.cluster import cluster

    running = cluster()
    atexit.register(running.stop)
    os.environ["TEST_ADMIN_URL"] = running.url("postgres", "postgres")
    os.environ["TEST_OWNER_URL"] = running.url("regulars_owner")
    os.environ["TEST_APP_URL"] = running.url("regulars_app")
    os.environ["TEST_REDIS_URL"] = running.redis_url
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "regulars.settings.test",
        "TEST_DATABASE_URL": os.environ["TEST_OWNER_URL"],
        "REGULARS_LOGIN": "owner",
    }
    command = [sys.executable, "-m", "tests.prepare"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def _copy_database():
    with psycopg.connect(os.environ["TEST_ADMIN_URL"], autocommit=True) as admin:
        name = sql.Identifier(DATABASE)
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE regulars OWNER regulars_owner").format(name))
    for which in ("APP", "OWNER"):
        url = os.environ[f"TEST_{which}_URL"].rsplit("/", 1)[0]
        os.environ[f"TEST_{which}_URL"] = f"{url}/{DATABASE}"
    os.environ["TEST_DATABASE_URL"] = os.environ["TEST_APP_URL"]


def refuse_powers(url):
    """Exits for a login that the locks do not hold: a superuser, an owner, one that inherits."""
    powers = "rolsuper OR rolinherit OR rolbypassrls OR rolcreaterole OR rolcreatedb"
    owned = "EXISTS (SELECT FROM pg_class WHERE relowner = session_user::regrole)"
    with psycopg.connect(url) as login:
        question = f"SELECT {powers} OR {owned} FROM pg_roles WHERE rolname = session_user"
        if login.execute(question).fetchone() != (False,):
            sys.exit("The tests log in with powers that no lock holds: they would prove nothing.")


if "TEST_ADMIN_URL" not in os.environ:
    _start()
_copy_database()
refuse_powers(os.environ["TEST_DATABASE_URL"])
