import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from psycopg import sql

from bench.world import signed
from regulars.crm_core.insight import tasks
from regulars.integrations.shop import connections
from regulars.platform import inbox, quarantine, tenancy
from regulars.tenants import endpoints, keys, migrating, provisioning, resolving, rollout
from regulars.tenants.models import Tenant
from tests.tenants.conftest import entered

ROOT = Path(__file__).resolve().parents[2]
NOW = timezone.now()
SECRET = "a shop's secret"
A_TABLE = """migrations.CreateModel("Gadget", [
    ("id", models.BigAutoField(primary_key=True)),
    ("contact", models.ForeignKey("customers.Contact", models.CASCADE)),
], {"db_table": "gadgets"})"""
# Django finds the constraint's name by asking the database what the migration before has made.
NO_CONSTRAINT = """migrations.AlterField("gadget", "contact", models.ForeignKey(
    "customers.Contact", models.CASCADE, db_constraint=False))"""
A_FIELD = 'migrations.AddField("contact", "extra", models.TextField(db_default="50% -- off"))'
KILL = "SELECT pg_terminate_backend(pg_backend_pid())"
BY_PYTHON = "migrations.RunPython(count)"
COUNT = """
def count(apps, schema_editor):
    schema_editor.execute("INSERT INTO counted SELECT count(*) FROM customers_contact")
"""
LIKE_EACH_OTHER = """
SELECT nspname, array_agg(replace(conname || pg_get_constraintdef(c.oid), nspname, '') ORDER BY conname)
FROM pg_constraint c JOIN pg_namespace n ON n.oid = connamespace WHERE nspname LIKE 't\\_%%' GROUP BY nspname
"""


def obstruct(*tenants):
    """A table is where the release wants to make one."""
    for tenant in tenants:
        name = sql.Identifier(tenant.schema_name, "gadgets")
        tenancy.execute(sql.SQL("CREATE TABLE {} (why text)").format(name))


def clear(*tenants):
    for tenant in tenants:
        tenancy.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(tenant.schema_name, "gadgets")))


def subscribed(*slugs):
    words = {"currency": "EUR", "time_zone": "UTC", "language": "en", "owner": None, "at": NOW}
    return [provisioning.attach(slug=slug, name=slug, **words) for slug in slugs]


def shop(slug):
    return Tenant.objects.get(slug=slug)


def answer(host, path="/", **more):
    resolving.forget()
    keys.forget()
    quarantine.forget()
    return Client(headers={"host": host, **more}).get(path)


def migrate_tenants(**options):
    out = StringIO()
    call_command("migrate_tenants", json=True, no_spares=True, stdout=out, **options)
    return json.loads(out.getvalue().splitlines()[-1])


@pytest.fixture
def as_a_process(spoiled, tmp_path):
    """``manage.py migrate_tenants`` as an operator runs it, with the migrations of a package."""

    def run(package, *words):
        text = f"from regulars.settings.test import *\nMIGRATION_MODULES = {{'customers': {package!r}}}\n"
        (tmp_path / "newer_settings.py").write_text(text)
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "newer_settings",
            "PYTHONPATH": f"{tmp_path}:{ROOT}",
            "TEST_DATABASE_URL": spoiled,
            "REGULARS_LOGIN": "owner",
        }
        command = [sys.executable, "manage.py", "migrate_tenants", "--no-spares", "--json", *words]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)

    return run


@pytest.fixture
def elsewhere(as_owner, ten_schemas):
    """For a test that commits nothing, and loses its connection."""
    with entered(ten_schemas):
        yield


class TestMigrateTenants:
    def test_leaves_out_the_few_that_fail_and_heals_them_the_next_time(
        self, as_a_process, released, settings
    ):
        settings.LOGIN = "owner"
        subscribed("oak", "elm", "ash", "fir", "yew", "bay")
        held = [shop("teashop"), shop("oak"), shop("fir")]
        with tenancy.opened(held[0].schema_name):
            made = connections.connect(
                kind="woocommerce", url="https://a.example", signing_secret=SECRET, at=NOW
            )
            hook = endpoints.url_of(connection_id=made.pk).partition("localhost:8000")[2]
            key = keys.make(name="Partner", scopes=list(keys.READING), expires_at=None, at=NOW)
        obstruct(*held)
        package = released(A_TABLE, NO_CONSTRAINT)

        done = as_a_process(package, "--workers", "2")

        told = json.loads(done.stdout.splitlines()[-1])
        assert done.returncode == 1
        assert {"teashop", "oak", "fir"} == {each["tenant"] for each in told["quarantined"]}
        assert all(name in done.stderr for name in ("teashop", "oak", "fir"))
        assert (told["migrated"], told["left"]) == (7, 0)
        assert told["quarantined"][0]["reason"] == 'ProgrammingError: relation "gadgets" already exists'
        current = Tenant.objects.filter(schema_version=migrating.fingerprint(), quarantined_at=None)
        assert current.count() == 7
        assert answer("elm.localhost").status_code == 302
        self.assert_waits(held[0], hook, key)

        clear(*held)
        assert (again := migrate_tenants())["migrated"] == 3
        assert (again["quarantined"], again["migrations"][0]) == ([], "customers.0004_of_tests")
        assert answer("teashop.localhost").status_code == 302
        with tenancy.opened(held[0].schema_name):
            assert inbox.work(tenant=held[0].schema_name, at=timezone.now()) == 1
        assert len({tuple(names) for _, names in tenancy.rows(LIKE_EACH_OTHER)}) == 1

    def assert_waits(self, held, hook, key):
        page = answer("teashop.localhost")
        assert (page.status_code, page["Retry-After"]) == (503, "60")
        assert "We are updating your workspace" in page.content.decode()
        program = answer("teashop.localhost", "/api/v1/customers")
        assert (program.status_code, program.json()["code"]) == (503, "being_updated")
        by_key = answer("localhost", "/api/v1/customers", authorization=f"Bearer {key}")
        assert (by_key.status_code, by_key.json()["code"]) == (503, "being_updated")
        words = signed(b'{"id": 1}', secret=SECRET)
        kept = Client().post(hook, b'{"id": 1}', content_type=words.pop("Content-Type"), headers=words)
        assert kept.content == b"Kept.\n"
        assert inbox.work(tenant=held.schema_name, at=timezone.now()) == 0
        assert inbox.waiting(tenant=held.schema_name) == {"due": 1, "dead": 0}
        assert tasks.refresh_stages(tenant=held.schema_name) is None

    def test_says_with_plan_what_would_run_and_for_whom(self, unspoiled, released, settings):
        settings.LOGIN = "owner"
        released(A_FIELD)

        told = migrate_tenants(plan=True)

        assert told["public"] == []
        assert [(group["migrations"], group["how"]) for group in told["groups"]] == [
            (["customers.0004_of_tests"], "sql")
        ]
        assert len(told["groups"][0]["tenants"]) == 10
        assert "teashop" in told["groups"][0]["tenants"]
        assert Tenant.objects.filter(schema_version=migrating.fingerprint()).count() == 0

    def test_refuses_the_applications_login(self, db):
        with pytest.raises(CommandError, match="REGULARS_LOGIN=owner"):
            migrate_tenants()

    @pytest.mark.parametrize("word", ["0", "33", "two", "-1"])
    def test_refuses_a_number_of_workers_that_cannot_be(self, word):
        with pytest.raises(CommandError, match="from 1 to 32"):
            call_command("migrate_tenants", f"--workers={word}")


class TestRun:
    def test_asks_five_times_when_nobody_is_behind(self, unspoiled):
        with CaptureQueriesContext(connection) as asked:
            report = rollout.run(at=NOW)

        assert report == rollout.Report()
        assert len(asked) <= 5
        assert not [query for query in asked if "django_migrations" in query["sql"]]

    def test_goes_on_where_a_run_that_was_ended_has_come_to(self, unspoiled, released):
        released(A_FIELD)

        def end(done, total, move):
            if done == 4:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            rollout.run(at=NOW, tell=end)

        assert Tenant.objects.filter(schema_version=migrating.fingerprint()).count() == 4
        assert len(rollout.run(at=NOW).moved) == 6

    def test_lets_nobody_follow_a_canary_that_failed(self, unspoiled, released):
        released(A_TABLE)
        obstruct(shop("bookshop"))

        report = rollout.run(at=NOW, canaries=("bookshop",))

        assert [move.late.is_spare for move in report.moved] == [True]
        assert [move.late.name for move in report.quarantined] == ["bookshop"]
        assert (len(report.left), report.stopped) == (
            8,
            "bookshop went first and failed, so nobody followed.",
        )
        assert answer("teashop.localhost").status_code == 302

    def test_stops_when_most_fail(self, unspoiled, released, monkeypatch):
        monkeypatch.setattr(rollout, "MOST_FAILURES", 2)
        released(A_TABLE)
        spare = migrating.behind()[2]
        obstruct(*Tenant.objects.exclude(pk=spare.pk))

        report = rollout.run(at=NOW)

        assert [move.late for move in report.moved] == [spare]
        assert (len(report.quarantined), len(report.left)) == (2, 7)

    def test_has_django_run_what_is_no_plain_change(self, unspoiled, released):
        for schema in Tenant.objects.values_list("schema_name", flat=True):
            tenancy.execute(sql.SQL("CREATE TABLE {} (n int)").format(sql.Identifier(schema, "counted")))
        released(A_FIELD, BY_PYTHON, imports=COUNT)
        Tenant.objects.filter(slug=None).update(schema_version=migrating.fingerprint())

        report = rollout.run(at=NOW)

        assert len(report.moved) == 2
        for schema in Tenant.objects.exclude(slug=None).values_list("schema_name", flat=True):
            name = sql.Identifier(schema, "counted")
            assert tenancy.rows(sql.SQL("SELECT count(*) FROM {}").format(name)) == [(1,)]

    def test_blames_no_tenant_when_the_server_goes_away(self, elsewhere, released):
        released(
            BY_PYTHON,
            imports=COUNT.replace("INSERT INTO counted SELECT count(*) FROM customers_contact", KILL),
        )

        with pytest.raises(tenancy.Unavailable):
            rollout.run(at=NOW)

        assert Tenant.objects.exclude(quarantined_at=None).count() == 0

    def test_leaves_those_alone_that_are_ahead(self, unspoiled, released):
        with tenancy.opened(shop("teashop").schema_name):
            tenancy.execute(
                "INSERT INTO django_migrations (app, name, applied) VALUES ('shop', '0999', now())"
            )
        released(A_FIELD)

        report = rollout.run(at=NOW)

        assert [late.name for late in report.ahead] == ["teashop"]
        assert len(report.moved) == 9

    def test_lets_one_out_whose_schema_is_at_this_release_after_all(self, unspoiled):
        Tenant.objects.filter(slug="teashop").update(quarantined_at=NOW, quarantine_reason="a newer release")

        rollout.run(at=NOW)

        assert shop("teashop").quarantined_at is None

    def test_puts_a_schema_that_cannot_be_read_in_quarantine(self, unspoiled, released):
        released(A_FIELD)
        schema = shop("bookshop").schema_name
        tenancy.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(schema, "django_migrations")))

        report = rollout.run(at=NOW)

        assert [(move.late.name, move.problem) for move in report.quarantined] == [
            ("bookshop", rollout.UNREADABLE)
        ]
        assert len(report.moved) == 9

    def test_refuses_a_second_run_at_the_same_time_and_an_unknown_canary(self, unspoiled):
        with tenancy.alone(rollout.ALONE), pytest.raises(rollout.AnotherIsAtWork):
            rollout.run(at=NOW)
        with pytest.raises(rollout.UnknownCanary):
            rollout.run(at=NOW, canaries=("nobody",))
