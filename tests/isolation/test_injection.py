"""What injected SQL could reach: decision 0021, kept true. Single statements, as a hole would run them."""

import pytest
from django.db.utils import DatabaseError

from regulars.crm_core.customers.models import Contact
from regulars.platform import tenancy
from tests.isolation import planting

WORDS = "(SELECT string_agg(word, ',') FROM ts_stat('SELECT to_tsvector(''simple'', {column}) FROM {table}'))"


def make_contact(shop, name):
    with tenancy.opened(shop.schema_name):
        Contact.objects.create(name=name, appeared_at=planting.NOON, changed_at=planting.NOON)


class TestInjectedSql:
    def test_that_puts_on_another_role_reads_what_that_role_may(self, tea_shop, book_shop):
        """Accepted: one login serves all tenants, so whoever speaks as it can put on each of their roles.

        When this fails, something has closed it: rewrite the decision.
        """
        make_contact(book_shop, "zaunkoenig")
        their = WORDS.format(column="name", table=f"{book_shop.schema_name}.customers_contact")
        peoples = WORDS.format(column="email", table="public.tenants_person")

        with tenancy.opened(tea_shop.schema_name), tenancy.atomic():
            switch = "SELECT set_config('role', %s, true), "
            assert tenancy.rows(switch + their, [book_shop.schema_name])[0][1] == "zaunkoenig"
            assert "owner@bookshop" in tenancy.rows(switch + peoples, ["regulars_public"])[0][1]
            tenancy.rows("SELECT set_config('role', %s, true)", [tea_shop.schema_name])

    @pytest.mark.parametrize(
        "statement",
        [
            "SELECT set_config('role', 'regulars_owner', false)",
            "SELECT rolpassword FROM pg_authid",
            "SELECT pg_read_file('/etc/passwd')",
            "SELECT pg_ls_dir('.')",
            "SELECT lo_import('/etc/passwd')",
            "COPY (SELECT 1) TO PROGRAM 'true'",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'",
            "ALTER ROLE regulars_app SUPERUSER",
        ],
    )
    def test_leaves_the_database_by_no_door_and_becomes_no_owner(self, tenant, statement):
        for role in (tenant, "regulars_public", "none"):
            with pytest.raises(DatabaseError), tenancy.atomic():
                tenancy.rows("SELECT set_config('role', %s, true)", [role])
                tenancy.execute(statement)

    def test_reads_no_statement_of_anybody_else(self, tenant):
        others = "usename = 'regulars_app' AND query NOT LIKE '<insufficient privilege>'"
        assert tenancy.rows(f"SELECT query FROM pg_stat_activity WHERE {others}") == []

    def test_lays_no_table_before_the_next_tenants_own(self, tea_shop, book_shop):
        """Unless pg_temp is named last, it comes first, and the connection goes on to the next request."""
        make_contact(book_shop, "Kim")
        with tenancy.opened(tea_shop.schema_name):
            tenancy.execute("CREATE TEMPORARY TABLE customers_contact (LIKE customers_contact)")
            tenancy.execute("GRANT ALL ON pg_temp.customers_contact TO PUBLIC")

        with tenancy.opened(book_shop.schema_name):
            assert list(Contact.objects.values_list("name", flat=True)) == ["Kim"]
            make_contact(book_shop, "Bo")
        assert tenancy.rows("SELECT count(*) FROM pg_temp.customers_contact") == [(0,)]
