"""Both locks, tried by hand: paths, names, raw SQL, roles, a forgotten reset, threads, too much power."""

import os

import psycopg
import pytest
from django.apps import apps
from django.db import connection
from django.db.utils import ProgrammingError
from psycopg import sql
from psycopg_pool import ConnectionPool

from regulars.crm_core.customers.models import Contact
from regulars.platform import roles, tenancy
from regulars.platform.database.pool import reset
from tests.environment import refuse_powers
from tests.isolation import planting
from tests.isolation.switching import FAULTS, SHARED, WHO, storm

# Shared tables with a tenant in their rows that only public code ever reads: a sign-up has none at first.
UNGUARDED = {"tenants_signup"}
POWERS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")


def refused(*statements):
    for statement in statements:
        with pytest.raises(ProgrammingError), tenancy.atomic():
            tenancy.execute(statement)


class TestTenantRole:
    def test_reaches_nothing_by_another_path(self, tenant, book_shop):
        for path in (book_shop.schema_name, "public", "nowhere", f"{book_shop.schema_name}, public"):
            refused(
                f"SET LOCAL search_path = {path}; SELECT 1 FROM customers_contact",
                f"SET LOCAL search_path = {path}; DELETE FROM customers_contact",
            )

    def test_reaches_nothing_by_another_name(self, tenant, book_shop):
        theirs = f"{book_shop.schema_name}.customers_contact"
        refused(
            f"SELECT count(*) FROM {theirs}",
            f"UPDATE {theirs} SET name = ''",
            f"DELETE FROM {theirs}",
            f"TRUNCATE {theirs}",
            f"COPY {theirs} TO STDOUT",
            f"CREATE VIEW mine AS SELECT * FROM {theirs}",
            f"SELECT nextval('{book_shop.schema_name}.customers_link_id_seq')",
            f"SELECT query_to_xml('SELECT * FROM {theirs}', true, false, '')",
        )

    def test_may_do_one_thing_to_one_shared_table(self, tenant):
        held = {
            (table, power)
            for (table,) in tenancy.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            for power in POWERS
            if tenancy.rows("SELECT has_table_privilege(%s, %s)", [f"public.{table}", power]) == [(True,)]
        }
        assert held == {("bells", "INSERT")}

    def test_makes_nothing_and_becomes_no_owner(self, tenant):
        refused(
            "SET ROLE regulars_owner",
            "SET SESSION AUTHORIZATION regulars_owner",
            "CREATE TABLE mine (id int)",
            "CREATE SCHEMA mine",
            "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "ALTER TABLE customers_contact DISABLE TRIGGER ALL",
            "SELECT pg_read_file('/etc/passwd')",
            "COPY customers_contact FROM PROGRAM 'true'",
        )


class TestPublicRole:
    def test_reads_no_tenants_table(self, tea_shop):
        for model in planting.tenant_models():
            refused(f"SELECT 1 FROM {tea_shop.schema_name}.{model._meta.db_table}")

    def test_is_all_that_a_login_without_a_role_is_not(self, tea_shop):
        with tenancy.atomic():
            tenancy.execute("SET LOCAL ROLE NONE")
            refused("SELECT 1 FROM tenants_domain", f"SELECT 1 FROM {tea_shop.schema_name}.customers_contact")
            tenancy.execute("SET LOCAL ROLE regulars_public")


class TestSharedRows:
    def test_of_tenants_are_all_named(self, db):
        of_tenants = {
            model._meta.db_table
            for model in apps.get_models()
            if "tenant" in {field.name for field in model._meta.concrete_fields}
        }
        assert of_tenants - set(roles.ROWS_OF_TENANTS) == UNGUARDED

    def test_lie_behind_row_level_security_for_owners_too(self, db):
        guarded = "relrowsecurity AND relforcerowsecurity"
        rows = tenancy.rows(f"SELECT relname FROM pg_class WHERE relkind = 'r' AND {guarded}")
        assert {name for (name,) in rows} >= set(roles.ROWS_OF_TENANTS)


class TestForgottenReset:
    def test_is_made_good_by_the_pool(self, tea_shop):
        settings = connection.get_connection_params()
        address = psycopg.conninfo.make_conninfo(
            **{name: settings[name] for name in ("dbname", "user", "password", "host", "port")}
        )
        enter = sql.SQL("SET ROLE {0}; SET search_path = {0}").format(sql.Identifier(tea_shop.schema_name))
        with ConnectionPool(address, min_size=1, max_size=1, reset=reset) as pool:
            for begins in ("", "BEGIN;"):
                with pool.connection() as borrowed:
                    borrowed.execute(sql.SQL(begins) + enter)
                with pool.connection() as borrowed:
                    assert borrowed.execute(WHO).fetchone() == SHARED

    def test_of_a_block_left_by_an_error_does_not_happen(self, tea_shop):
        with pytest.raises(ZeroDivisionError), tenancy.opened(tea_shop.schema_name):
            raise ZeroDivisionError

        assert tenancy.rows(WHO)[0] == SHARED


class TestRollback:
    def test_of_a_transaction_takes_role_and_path_back_and_is_not_overlooked(self, new_tenant):
        first, second = new_tenant().schema_name, new_tenant().schema_name
        with tenancy.opened(first):
            assert tenancy.rows(WHO)[0] == (first, first)
            with pytest.raises(ZeroDivisionError), tenancy.atomic(), tenancy.opened(second):
                tenancy.rows(WHO)
                raise ZeroDivisionError
            with tenancy.opened(second):
                assert tenancy.rows(WHO)[0] == (second, second)
            assert tenancy.rows(WHO)[0] == (first, first)

    def test_of_a_savepoint_does_so_too(self, tea_shop, book_shop):
        """After a refused statement nothing can be set before the rollback, so only it takes them back."""
        first, second = tea_shop.schema_name, book_shop.schema_name
        with tenancy.opened(first), tenancy.atomic():
            assert tenancy.rows(WHO)[0] == (first, first)
            savepoint = connection.savepoint()
            with pytest.raises(ProgrammingError), tenancy.opened(second):
                tenancy.rows("SELECT 1 FROM public.data_keys")
            connection.savepoint_rollback(savepoint)
            with tenancy.opened(second):
                assert tenancy.rows(WHO)[0] == (second, second)
            assert tenancy.rows(WHO)[0] == (first, first)


class TestThreads:
    def test_never_read_another_tenants_rows(self, new_tenant):
        marks = {}
        for currency in ("EUR", "GBP", "JPY"):
            schema = new_tenant(currency=currency).schema_name
            marks[schema] = (f"only of {schema}", currency)
            with tenancy.opened(schema):
                at = planting.NOON
                Contact.objects.create(name=marks[schema][0], appeared_at=at, changed_at=at)

        seen = storm(marks, threads=16, switches=320)

        assert (seen.switches, seen.wrong, seen.told) == (320, 0, [])
        assert len(seen.faults) == len(FAULTS)


class TestTheTests:
    def test_refuse_to_run_with_powers(self):
        """As a superuser every lock would be open, and every test of a lock worthless."""
        refuse_powers(os.environ["TEST_APP_URL"])
        for login in ("TEST_ADMIN_URL", "TEST_OWNER_URL"):
            with pytest.raises(SystemExit, match="prove nothing"):
                refuse_powers(os.environ[login])
