"""What a deleted tenant leaves: nothing, searched for everywhere."""

import os
from io import StringIO
from pathlib import Path

import psycopg
import pytest
import redis
from django.conf import settings as configured
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.utils import timezone
from psycopg import sql

from regulars.billing import subscriptions
from regulars.platform import buckets, ids, inbox, secrets, tenancy
from regulars.platform.models import DataKey
from regulars.tenants import accounts, deleting, leaving, zips
from regulars.tenants.models import Membership, Person, Role, SignInAttempt, SignUp, Tenant
from regulars.tenants.moving import Deletion
from regulars.web.middleware import people
from tests.factories import tenants

NOW = timezone.now()
WORD = "quokka"
TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
"""


@pytest.fixture
def folders(settings, tmp_path):
    settings.EXPORTS_FOLDER = str(tmp_path / "exports")
    settings.MAIL_CATCHER_FOLDER = str(tmp_path / "mails")
    (tmp_path / "mails").mkdir()
    return tmp_path


@pytest.fixture
def planted(new_tenant, folders):
    """A tenant whose word is in every corner that a tenant has."""
    tenant = new_tenant(name="Quokka & Co")
    schema = tenant.schema_name
    tenants.furnish(tenant, word=WORD)
    owner = Membership.objects.get(tenant=tenant).person
    owner.name, owner.email = "Quokka Q.", f"{WORD}.owner@example.com"
    owner.save()
    SignUp.objects.create(person=owner, slug=tenant.slug, name="Quokka", tenant=tenant, made_at=NOW)
    SignInAttempt.objects.create(email_hash=accounts.attempts_key(owner.email), happened_at=NOW)
    accounts.hand_over(person=owner, tenant=tenant, at=NOW)
    words = {"kind": "shop", "topic": WORD, "delivery_id": WORD, "headers": {"x": WORD}, "body": b"quokka"}
    inbox.store(tenant=schema, endpoint_id=ids.new(), connection_id=None, at=NOW, **words)
    subscriptions.start_trial(tenant=schema, at=NOW)
    session = SessionStore()
    session.update({people.PERSON: str(owner.pk), people.TENANT: str(tenant.pk)})
    session.save()
    buckets.take(f"{schema}:{WORD}")
    with tenancy.opened(schema):
        zips.ask(actor_id=owner.pk, at=NOW)
    zips.make_next(at=NOW)
    (folders / "mails" / f"{10**18}-1.eml").write_text(f"X-Regulars-Tenant: {schema}\n\n{WORD}")
    (folders / "mails" / f"{10**18}-2.eml").write_text("X-Regulars-Tenant: t_other\n\nanother's")
    return tenant


def found_in_tables(*words):
    """Table -> how many rows hold a word, as text or as bytes; in every schema, seen by a superuser."""
    patterns = [f"%{form}%" for word in words for form in (word, word.encode().hex())]
    name = os.environ["TEST_OWNER_URL"].rpartition("/")[2]
    hits = {}
    with psycopg.connect(os.environ["TEST_ADMIN_URL"].rpartition("/")[0] + f"/{name}") as admin:
        for schema, table in admin.execute(TABLES).fetchall():
            search = sql.SQL("SELECT count(*) FROM {} AS line WHERE line::text ILIKE ANY (%s)")
            count = admin.execute(search.format(sql.Identifier(schema, table)), [patterns]).fetchone()[0]
            if count:
                hits[table if schema == "public" else f"tenant:{table}"] = count
    return hits


def found_in_valkey(schema):
    with redis.Redis.from_url(configured.REDIS_URL) as client:
        return list(client.scan_iter(match=f"*{schema}*"))


def found_in_files(folder, *words):
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if any(word in f"{path}{path.read_bytes()}" for word in words)]


def sessions_of(tenant_id):
    rows = [row.get_decoded() for row in Session.objects.all()]
    return [words for words in rows if words.get(people.TENANT) == str(tenant_id)]


class TestDelete:
    def test_leaves_no_trace_but_a_dated_record_of_counts(self, planted, as_owner, folders):
        schema, tenant_id, slug = planted.schema_name, planted.pk, planted.slug
        sealed = secrets.seal(b"quokka", tenant=schema, purpose="a backup")
        before = found_in_tables(WORD)
        assert {"tenants_tenant", "tenants_person", "deliveries", "tenants_apikey"} <= set(before)
        assert {"tenant:customers_contact", "tenant:shop_connection", "tenant:email_campaign"} <= set(before)
        assert len(found_in_files(folders, WORD, schema)) == 2
        assert found_in_valkey(schema)
        assert sessions_of(tenant_id)

        out = StringIO()
        call_command("delete_tenant", tenant=slug, now=True, confirm=slug, json=True, stdout=out)

        assert found_in_tables(WORD, slug) == {}
        # Which schema it was is no personal data: the record names it, and the ledger that is never changed.
        assert found_in_tables(schema) == {"tenants_deletion": 1, "billing_billingledger": 2}
        assert found_in_valkey(schema) == []
        assert found_in_files(folders, WORD, schema) == []
        assert len(list((folders / "mails").iterdir())) == 1
        assert sessions_of(tenant_id) == []
        assert not Person.objects.filter(name__startswith="Quokka").exists()
        assert not SignInAttempt.objects.filter(
            email_hash=accounts.attempts_key(f"{WORD}.owner@example.com")
        ).exists()
        with pytest.raises(secrets.KeyGone):
            secrets.unseal(sealed, tenant=schema, purpose="a backup")
        record = Deletion.objects.get(schema_name=schema)
        assert record.finished_at is not None
        assert record.people == []
        assert (record.rows["customers_contact"], record.rows["deliveries"]) == (3, 1)
        assert record.elsewhere == {
            "export_files": 1,
            "sessions": 1,
            "caught_mails": 1,
            "cache_keys": 1,
        }
        roles = tenancy.rows("SELECT count(*) FROM pg_roles WHERE rolname = %s", [schema])
        assert roles == [(0 if record.is_role_gone else 1,)]

    def test_keeps_who_has_another_workspace(self, new_tenant, as_owner, folders):
        leaves, stays = new_tenant(), new_tenant()
        person = Membership.objects.get(tenant=leaves).person
        Membership.objects.create(person=person, tenant=stays, role=Role.STAFF, joined_at=NOW)

        deleting.delete(tenant=leaves, cause="owner", at=NOW)

        assert Membership.objects.get(person=person).tenant == stays
        assert DataKey.objects.filter(tenant=stays.schema_name).count() == 1

    def test_changes_nothing_when_it_fails_in_the_middle(self, new_tenant, as_owner, monkeypatch):
        tenant = new_tenant()
        monkeypatch.setattr(deleting, "_forget_people", lambda _people: 1 / 0)

        with pytest.raises(ZeroDivisionError):
            deleting.delete(tenant=tenant, cause="owner", at=NOW)

        with tenancy.opened(tenant.schema_name):
            assert tenancy.rows("SELECT count(*) FROM customers_contact") == [(0,)]
        assert Membership.objects.filter(tenant=tenant).count() == 1

    def test_wants_the_name_typed_once_more(self, new_tenant, as_owner):
        tenant = new_tenant()

        with pytest.raises(CommandError, match=f"--confirm {tenant.slug}"):
            call_command("delete_tenant", tenant=tenant.slug, now=True, confirm="other", stdout=StringIO())

        assert Tenant.objects.filter(pk=tenant.pk).exists()


class TestDeleteDue:
    def test_waits_fourteen_days_and_finishes_what_was_begun(
        self, new_tenant, as_owner, folders, monkeypatch
    ):
        tenant = new_tenant()
        with tenancy.opened(tenant.schema_name):
            due_at = leaving.ask_for_deletion(name="Fresh", actor_id=None, at=NOW)
        monkeypatch.setattr(deleting.remembered, "forget", lambda *, schema: 1 / 0)

        assert deleting.delete_due(at=due_at - leaving.RETURN_WITHIN / 100) == 0
        assert deleting.delete_due(at=due_at) == 0

        assert not Tenant.objects.filter(pk=tenant.pk).exists()
        assert Deletion.objects.get(tenant_id=tenant.pk).finished_at is None
        monkeypatch.undo()
        configured.EXPORTS_FOLDER = str(Path(folders) / "exports")
        assert deleting.delete_due(at=due_at) == 0
        assert Deletion.objects.get(tenant_id=tenant.pk).finished_at == due_at
