import threading

import pytest
from django.db import connection
from django.db.utils import ProgrammingError

from regulars.crm_core.customers.models import Contact
from regulars.platform import tenancy

WHO = "SELECT session_user, current_user, current_setting('search_path')"


def answer(sql):
    return tenancy.rows(sql)[0]


class TestTheSecondLock:
    def test_is_on(self, db):
        powers = "rolsuper OR rolinherit OR rolbypassrls OR rolcreaterole OR rolcreatedb"
        assert answer(f"SELECT {powers} FROM pg_roles WHERE rolname = session_user") == (False,)
        assert answer("SELECT count(*) FROM pg_class WHERE relowner = session_user::regrole") == (0,)

    def test_starts_in_the_public_role(self, db):
        assert answer(WHO)[:2] == ("regulars_app", "regulars_public")

    def test_turns_with_the_tenant_and_back(self, tea_shop):
        schema = tea_shop.schema_name

        with tenancy.opened(schema):
            assert answer(WHO) == ("regulars_app", schema, f'"{schema}","public","pg_temp"')

        assert answer(WHO)[:2] == ("regulars_app", "regulars_public")

    def test_holds_after_a_rollback_inside(self, tea_shop):
        with tenancy.opened(tea_shop.schema_name):
            with pytest.raises(ZeroDivisionError), tenancy.atomic():
                Contact.objects.count()
                raise ZeroDivisionError
            assert answer(WHO)[1] == tea_shop.schema_name

    def test_keeps_a_tenant_out_of_what_is_not_its_own(self, tenant, book_shop):
        other = book_shop.schema_name
        for sql in (
            f"SELECT 1 FROM {other}.customers_contact",
            "SELECT 1 FROM public.tenants_domain",
            "SELECT 1 FROM public.bells",
            "SELECT 1 FROM public.deliveries",
            "SELECT 1 FROM public.data_keys",
            f"INSERT INTO bells (id, tenant, due_at) VALUES (gen_random_uuid(), '{other}', now())",
            "SET ROLE regulars_owner",
            "CREATE TABLE mine (id int)",
            "DROP TABLE customers_contact",
        ):
            with pytest.raises(ProgrammingError), tenancy.atomic():
                tenancy.execute(sql)

    def test_has_no_tenant_table_in_public(self, db):
        with pytest.raises(ProgrammingError, match="does not exist"), tenancy.atomic():
            Contact.objects.count()


class TestShared:
    def test_leaves_no_older_cursor_in_the_wrong_schema(self, tenant):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            with tenancy.shared():
                assert answer("SELECT current_user") == ("regulars_public",)
            cursor.execute("SELECT current_user")

            assert cursor.fetchone() == (tenant,)


class TestOpened:
    def test_refuses_no_tenant_and_the_public_schema(self, db):
        for name in ("", "public"):
            with pytest.raises(tenancy.NoTenant), tenancy.opened(name):
                pass

    def test_costs_one_statement_and_resolving_none(self, tea_shop, django_assert_num_queries):
        tenancy.rows("SELECT 1")

        with django_assert_num_queries(2), tenancy.opened(tea_shop.schema_name):
            Contact.objects.count()

    def test_is_not_shared_between_threads(self, new_tenant):
        first, second = new_tenant().schema_name, new_tenant().schema_name
        seen, start = {}, threading.Barrier(2)

        def work(schema):
            try:
                with tenancy.opened(schema):
                    start.wait()
                    for _ in range(50):
                        seen.setdefault(schema, set()).add(answer("SELECT current_user, current_schema()"))
            finally:
                connection.close()

        threads = [threading.Thread(target=work, args=[schema]) for schema in (first, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert seen == {first: {(first, first)}, second: {(second, second)}}
