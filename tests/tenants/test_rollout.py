import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from psycopg import sql

from regulars.platform import tenancy
from regulars.tenants import migrating, rollout
from regulars.tenants.models import Tenant
from tests.tenants.conftest import entered
from tests.tenants.releases import A_FIELD, A_TABLE, answer, obstruct, shop

NOW = timezone.now()
KILL = "SELECT pg_terminate_backend(pg_backend_pid())"
BY_PYTHON = "migrations.RunPython(count)"
COUNT = """
def count(apps, schema_editor):
    schema_editor.execute("INSERT INTO counted SELECT count(*) FROM customers_contact")
"""


@pytest.fixture
def elsewhere(as_owner, ten_schemas):
    """For a test that commits nothing, and loses its connection."""
    with entered(ten_schemas):
        yield


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
        Tenant.objects.filter(slug="teashop").update(schema_version="that of a newer release")
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
        Tenant.objects.filter(slug="bookshop").update(schema_version="")
        tenancy.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(schema, "django_migrations")))

        report = rollout.run(at=NOW)

        assert [(move.late.name, move.problem) for move in report.quarantined] == [
            ("bookshop", rollout.UNREADABLE)
        ]
        assert len(report.moved) == 9

    def test_writes_into_no_other_schema_when_a_table_is_missing(self, unspoiled, released):
        released(A_FIELD)
        schema = shop("bookshop").schema_name
        tenancy.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(schema, "django_migrations")))

        report = rollout.run(at=NOW)

        assert [move.late.name for move in report.quarantined] == ["bookshop"]
        assert 'relation "django_migrations" does not exist' in report.quarantined[0].problem
        assert tenancy.rows("SELECT count(*) FROM django_migrations WHERE app = 'customers'") == [(0,)]

    def test_refuses_a_second_run_at_the_same_time_and_an_unknown_canary(self, unspoiled):
        with tenancy.alone(rollout.ALONE), pytest.raises(rollout.AnotherIsAtWork):
            rollout.run(at=NOW)
        with pytest.raises(rollout.UnknownCanary):
            rollout.run(at=NOW, canaries=("nobody",))
