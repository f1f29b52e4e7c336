import os
import re
from pathlib import Path

import pytest
from django.utils import timezone
from psycopg import sql

from regulars.platform import secrets, tenancy
from regulars.tenants import accounts, entitlements, migrating, provisioning, template
from regulars.tenants.models import Domain, Membership, Tenant
from tests.cluster import BIN

NOW = timezone.now()
A_MIGRATION = re.compile(r"\t\(\d+, '\w+', '\d{4}_")
REAL = "t_template_real"


def attached(slug="oak-ember", **changes):
    words = {
        "slug": slug,
        "name": "Oak & Ember",
        "currency": "gbp",
        "time_zone": "Europe/London",
        "language": "en",
        "owner": None,
        "at": NOW,
    }
    return provisioning.attach(**{**words, **changes})


class TestTemplate:
    def test_differs_in_no_line_from_real_migrations(self, as_owner, settings):
        settings.DATABASES["default"]["USER"] = "regulars_owner"
        drop = sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(REAL))
        tenancy.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(REAL)))
        try:
            migrating.migrate_schema(REAL)
            spare = provisioning.make_spare(at=NOW).schema_name
            by_migrations = template.dump(REAL, pg_dump=Path(BIN / "pg_dump"))
            by_template = template.dump(spare, pg_dump=Path(BIN / "pg_dump"))
        finally:
            tenancy.execute(drop)
            settings.DATABASES["default"]["USER"] = "regulars_app"

        def without_times(dumped):
            lines = dumped.replace(spare, "t").replace(REAL, "t").splitlines()
            return sorted(line.rsplit(", '", 1)[0] if A_MIGRATION.match(line) else line for line in lines)

        assert without_times(by_template) == without_times(by_migrations)
        assert len(by_migrations.splitlines()) > 200

    def test_is_refused_when_the_migrations_have_moved_on(self, monkeypatch):
        template.text.cache_clear()
        monkeypatch.setattr(migrating, "fingerprint", lambda: "another")

        with pytest.raises(template.StaleTemplate, match="make_template"):
            template.text()
        template.text.cache_clear()


class TestMakeSpare:
    def test_leaves_nothing_behind_when_it_fails(self, as_owner, monkeypatch):
        schemas = tenancy.rows("SELECT count(*) FROM pg_namespace")
        monkeypatch.setattr(secrets, "make_data_key", lambda **_: 1 / 0)

        with pytest.raises(ZeroDivisionError):
            provisioning.make_spare(at=NOW)

        assert tenancy.rows("SELECT count(*) FROM pg_namespace") == schemas

    def test_gives_the_schema_a_role_of_its_own(self, as_owner):
        spare = provisioning.make_spare(at=NOW).schema_name

        grants = "SELECT has_table_privilege(%s, %s, 'INSERT'), has_table_privilege(%s, %s, 'TRUNCATE')"
        table = f"{spare}.customers_contact"
        assert tenancy.rows(grants, [spare, table, spare, table]) == [(True, False)]
        assert tenancy.rows("SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", [spare]) == [(False,)]


class TestAttach:
    def test_gives_a_spare_schema_to_a_subscriber(self, owner):
        made = attached(owner=owner)

        assert (made.state, made.slug, made.currency) == ("active", "oak-ember", "GBP")
        assert Domain.objects.get(tenant=made).domain == "oak-ember.localhost"
        assert Membership.objects.get(tenant=made).role == "owner"
        assert entitlements.of(tenant=made.schema_name)["shops"] is None

    def test_makes_no_table(self, db, django_assert_num_queries):
        with django_assert_num_queries(12) as asked:
            attached()

        assert not [query for query in asked.captured_queries if "CREATE" in query["sql"]]

    @pytest.mark.parametrize(
        ("slug", "refusal"),
        [
            ("teashop", provisioning.SlugTaken),
            ("www", provisioning.InvalidSlug),
            ("postmaster", provisioning.InvalidSlug),
            ("Oak Ember", provisioning.InvalidSlug),
            ("-oak", provisioning.InvalidSlug),
            ("oak--ember", provisioning.InvalidSlug),
            ("ab", provisioning.InvalidSlug),
            ("a" * 41, provisioning.InvalidSlug),
            ("öak", provisioning.InvalidSlug),
            ("1shop", provisioning.InvalidSlug),
        ],
    )
    def test_refuses_an_address_that_cannot_be_and_changes_nothing(self, db, slug, refusal):
        before = Tenant.objects.filter(state="spare").count()

        with pytest.raises(refusal):
            attached(slug)

        assert Tenant.objects.filter(state="spare").count() == before

    @pytest.mark.parametrize("changes", [{"currency": "EURO"}, {"time_zone": "Mars/Olympus"}])
    def test_refuses_what_no_calendar_or_bank_knows(self, db, changes):
        with pytest.raises(provisioning.InvalidTenant):
            attached(**changes)

    def test_says_so_when_no_schema_is_ready(self, db):
        Tenant.objects.filter(state="spare").update(schema_version="old")

        with pytest.raises(provisioning.NoSpare):
            attached()


class TestJoin:
    def test_keeps_one_account_an_address_whatever_its_case(self, db):
        accounts.join(email="Jo@Example.com", password="long enough words", name="", language="en", at=NOW)

        with pytest.raises(accounts.AccountExists):
            accounts.join(email="jo@example.COM ", password="long enough words", name="", language="", at=NOW)

    @pytest.mark.parametrize(
        ("email", "password", "field"),
        [
            ("nobody", "long enough words", "email"),
            ("jo@example.com", "short", "password"),
            ("jo@example.com", "password123", "password"),
        ],
    )
    def test_refuses_a_bad_address_or_a_weak_password(self, db, email, password, field):
        with pytest.raises(accounts.InvalidAccount) as refused:
            accounts.join(email=email, password=password, name="", language="en", at=NOW)

        assert refused.value.field == field


def test_runs_behind_both_locks():
    assert os.environ["TEST_DATABASE_URL"].startswith("postgresql://regulars_app:")
