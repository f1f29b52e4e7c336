import json
from io import StringIO
from shutil import copyfile
from zipfile import ZipFile

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from regulars.crm_core.customers.models import Contact
from regulars.integrations.email import suppression
from regulars.integrations.shop.models import Connection
from regulars.platform import archives, tenancy
from regulars.tenants import dumping, migrating, provisioning, restoring
from regulars.tenants.models import Endpoint, Membership, Tenant
from tests.factories.customers import said

NOW = timezone.now()


@pytest.fixture
def dump(furnished, tmp_path):
    return dumping.dump(tenant=furnished[0], folder=tmp_path, at=NOW).path


def manifest_of(path):
    with ZipFile(path) as archive:
        return json.loads(archive.read(archives.MANIFEST))


def counted():
    return Tenant.objects.count(), tenancy.rows("SELECT count(*) FROM pg_namespace")


class TestRestore:
    def test_brings_back_every_row_bit_by_bit(self, furnished, dump, as_owner, tmp_path):
        tenant, shop = furnished
        out = StringIO()

        call_command("restore_tenant", dump=dump, slug="came-back", json=True, stdout=out)

        told = json.loads(out.getvalue().splitlines()[-1])
        again = Tenant.objects.get(slug="came-back")
        copied = manifest_of(dumping.dump(tenant=again, folder=tmp_path / "again", at=NOW).path)
        before = manifest_of(dump)["files"]
        del before[dumping.SHARED], copied["files"][dumping.SHARED]
        assert copied["files"] == before
        assert sum(told["rows"].values()) == sum(facts["rows"] for facts in before.values()) > 30
        assert again.schema_name != tenant.schema_name
        with tenancy.opened(again.schema_name):
            assert Connection.objects.get(pk=shop.pk).credentials == shop.credentials
            assert suppression.reason(email="canary9@example.com") == "complaint"
            said(Contact.objects.first(), yes=False)  # the counters go on behind what is there
        assert Membership.objects.get(tenant=again).person.email.startswith("owner@fresh-")
        # The living one keeps its door: the copy has none.
        assert Endpoint.objects.get(connection_id=shop.pk).tenant == tenant
        assert (told["doors"], told["api_keys"], told["members"]) == (0, 0, 1)

    def test_locks_the_copy_behind_a_role_of_its_own(self, dump, as_owner):
        again = restoring.restore(dump=dump, slug="locked-copy", at=NOW).tenant

        table = f"{again.schema_name}.customers_contact"
        grants = "SELECT has_table_privilege(%s, %s, 'INSERT')"
        assert tenancy.rows(grants, [again.schema_name, table]) == [(True,)]

    def test_refuses_a_tenant_that_is_there_and_changes_nothing(self, furnished, dump, as_owner):
        before = counted()

        with pytest.raises(restoring.TenantExists):
            restoring.restore(dump=dump, slug=furnished[0].slug, at=NOW)

        assert counted() == before

    def test_refuses_the_tables_of_another_release(self, dump, as_owner, monkeypatch):
        before = counted()
        monkeypatch.setattr(migrating, "fingerprint", lambda: "another")

        with pytest.raises(restoring.UnknownSchema, match="another release"):
            restoring.restore(dump=dump, slug="of-old", at=NOW)

        assert counted() == before

    @pytest.mark.parametrize("damage", ["cut", "changed", "no zip", "an owner's zip"])
    def test_refuses_what_is_damaged_and_changes_nothing(self, dump, as_owner, tmp_path, damage):
        broken = damaged(dump, tmp_path / "broken.dump", damage)
        before = counted()

        with pytest.raises((restoring.DumpDamaged, restoring.NotADump)):
            restoring.restore(dump=broken, slug="broken", at=NOW)

        assert counted() == before

    def test_needs_the_master_key(self, dump, as_owner, settings):
        settings.MASTER_KEYS = ["YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU="]

        with pytest.raises(restoring.KeyMissing):
            restoring.restore(dump=dump, slug="keyless", at=NOW)

    def test_needs_the_owners_login(self, dump):
        with pytest.raises(CommandError, match="REGULARS_LOGIN=owner"):
            call_command("restore_tenant", dump=dump, slug="as-app", stdout=StringIO())

    def test_refuses_an_address_that_cannot_be(self, dump, as_owner):
        with pytest.raises(provisioning.InvalidSlug):
            restoring.restore(dump=dump, slug="www", at=NOW)


class TestDump:
    def test_shows_nothing_without_a_master_key(self, dump):
        assert b"canary" not in dump.read_bytes()
        with ZipFile(dump) as archive:
            assert not [name for name in archive.namelist() if b"canary" in archive.read(name)]


def damaged(dump, path, how):
    copyfile(dump, path)
    if how == "cut":
        path.write_bytes(path.read_bytes()[:-2000])
    elif how == "changed":
        manifest = manifest_of(dump)
        manifest["files"]["customers_contact"]["sha256"] = "0" * 64
        with ZipFile(dump) as archive, ZipFile(path, "w") as changed:
            for name in archive.namelist():
                changed.writestr(
                    name, archive.read(name) if name != archives.MANIFEST else json.dumps(manifest)
                )
    elif how == "no zip":
        path.write_bytes(b"id,name\n")
    else:
        with ZipFile(path, "w") as other:
            other.writestr(archives.MANIFEST, json.dumps({"format": "regulars-export"}))
    return path
