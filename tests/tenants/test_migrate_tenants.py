import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from bench.world import signed
from regulars.crm_core.insight import tasks
from regulars.integrations.shop import connections
from regulars.platform import inbox, tenancy
from regulars.tenants import endpoints, keys, migrating, provisioning
from regulars.tenants.models import Tenant
from tests.tenants.releases import A_FIELD, A_TABLE, NO_CONSTRAINT, answer, clear, obstruct, shop

ROOT = Path(__file__).resolve().parents[2]
NOW = timezone.now()
SECRET = "a shop's secret"
LIKE_EACH_OTHER = """
SELECT nspname, array_agg(replace(conname || pg_get_constraintdef(c.oid), nspname, '') ORDER BY conname)
FROM pg_constraint c JOIN pg_namespace n ON n.oid = connamespace WHERE nspname LIKE 't\\_%%' GROUP BY nspname
"""


def subscribed(*slugs):
    words = {"currency": "EUR", "time_zone": "UTC", "language": "en", "owner": None, "at": NOW}
    return [provisioning.attach(slug=slug, name=slug, **words) for slug in slugs]


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
        assert done.returncode == 3
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
