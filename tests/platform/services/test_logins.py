import os

import psycopg
import pytest
from psycopg import sql

from regulars.platform.services import logins
from tests.cluster import PASSWORD

MADE_BEFORE = "made_before"


@pytest.fixture
def server():
    """The tests' own PostgreSQL, as its administrator."""
    dsn = os.environ["TEST_ADMIN_URL"]
    yield dsn
    with psycopg.connect(dsn, autocommit=True) as admin:
        name = sql.Identifier(f"{MADE_BEFORE}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


def prepare(server, database):
    logins.prepare(admin_dsn=server, database=database, owner_password=PASSWORD, app_password=PASSWORD)


class TestPrepare:
    def test_lets_the_owner_make_schemas_in_a_database_that_was_there_before(self, server):
        database = f"{MADE_BEFORE}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))

        prepare(server, database)
        prepare(server, database)  # safe to repeat

        base = server.rpartition("/")[0].replace("postgres:", "regulars_owner:", 1)
        with psycopg.connect(f"{base}/{database}", autocommit=True) as owner:
            owner.execute("CREATE SCHEMA t_mine")
            owner.execute("CREATE TABLE public.shared (id int)")

    def test_gives_the_application_no_powers(self, server):
        prepare(server, "regulars")

        with psycopg.connect(server) as admin:
            powers = "rolsuper OR rolinherit OR rolbypassrls OR rolcreaterole OR rolcreatedb"
            rows = admin.execute(f"SELECT {powers} FROM pg_roles WHERE rolname = 'regulars_app'").fetchall()
        assert rows == [(False,)]
