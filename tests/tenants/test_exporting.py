import csv
import hashlib
import json
import os
from io import BytesIO, StringIO, TextIOWrapper
from zipfile import ZipFile

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from psycopg import sql

from regulars.platform import archives, secrets, tenancy
from regulars.tenants import contents, exporting
from regulars.tenants.models import Tenant

NOW = timezone.now()


def export_tenant(tenant, folder, **options):
    """What the command prints with --json, and the manifest of what it wrote."""
    out = StringIO()
    call_command("export_tenant", tenant=tenant.slug, to=folder, json=True, stdout=out, **options)
    told = json.loads(out.getvalue().splitlines()[-1])
    with ZipFile(told["path"]) as archive:
        return told, json.loads(archive.read(archives.MANIFEST))


class TestExport:
    def test_holds_every_table_twice_with_its_checksum(self, furnished, tmp_path):
        tenant, _shop = furnished

        told, manifest = export_tenant(tenant, tmp_path)

        with ZipFile(told["path"]) as archive:
            found = {
                name: hashlib.sha256(archive.read(name)).hexdigest()
                for name in archive.namelist()
                if name != archives.MANIFEST
            }
            contacts = archive.read("jsonl/customers_contact.jsonl").decode().splitlines()
        assert found == {name: facts["sha256"] for name, facts in manifest["files"].items()}
        assert set(told["rows"]) == {model._meta.db_table for model in contents.models()}
        assert told["rows"]["customers_contact"] == len(contacts) == 3
        assert "\N{SNOWMAN}" in {json.loads(line)["first_name"] for line in contacts}
        assert manifest["files"]["csv/customers_contact.csv"]["rows"] == 3
        assert (tmp_path / told["path"]).stat().st_mode & 0o777 == 0o600

    def test_hands_a_spreadsheet_nothing_to_run(self, furnished, tmp_path):
        told, _manifest = export_tenant(furnished[0], tmp_path)

        with ZipFile(told["path"]) as archive, archive.open("csv/customers_contact.csv") as file:
            rows = list(csv.DictReader(TextIOWrapper(file, "utf-8-sig", newline="")))

        assert sorted(row["first_name"] for row in rows) == [
            "'=cmd|'canary'!A0",
            'two\nlines\\ \tand "more"',
            "\N{SNOWMAN}",
        ]

    def test_holds_no_secret_and_says_which_it_left_out(self, furnished, tmp_path):
        told, manifest = export_tenant(furnished[0], tmp_path)

        with ZipFile(told["path"]) as archive:
            everything = b"".join(archive.read(name) for name in archive.namelist())
        assert b"whsec_canary" not in everything
        assert b"credentials" not in everything.replace(b"shop_connection.credentials", b"")
        assert {"what": "shop_connection.credentials", "why": "secret"} in manifest["left_out"]
        assert {"what": "email_sendingdomain.private_key", "why": "secret"} in manifest["left_out"]

    def test_leaves_no_half_a_zip_when_it_is_interrupted(self, furnished, tmp_path, monkeypatch):
        def torn(*_given, **_words):
            raise KeyboardInterrupt

        monkeypatch.setattr(exporting, "_shared", torn)
        with pytest.raises(KeyboardInterrupt):
            exporting.export(tenant=furnished[0], folder=tmp_path, at=NOW)

        assert list(tmp_path.iterdir()) == []

    def test_is_of_one_moment(self, furnished, tmp_path, monkeypatch):
        tenant, _shop = furnished
        seen = contents.tables

        def meanwhile(schema):
            found = seen(schema)
            elsewhere(tenant)
            return found

        monkeypatch.setattr(contents, "tables", meanwhile)
        made = exporting.export(tenant=tenant, folder=tmp_path, at=NOW)

        assert made.rows["customers_note"] == 0
        with tenancy.opened(tenant.schema_name):
            assert len(tenancy.rows("SELECT 1 FROM customers_note")) == 1
            tenancy.execute("DELETE FROM customers_note")

    def test_refuses_an_unknown_tenant_and_a_place_that_is_none(self, furnished, tmp_path):
        (tmp_path / "file").touch()

        with pytest.raises(CommandError, match="no tenant called"):
            call_command("export_tenant", tenant="nobody", to=tmp_path, stdout=StringIO())
        with pytest.raises(CommandError, match="cannot be written to"):
            call_command(
                "export_tenant", tenant=furnished[0].slug, to=tmp_path / "file" / "x", stdout=StringIO()
            )


class TestExportSealed:
    def test_shows_nothing_and_opens_for_its_tenant_alone(self, furnished, tmp_path):
        tenant, _shop = furnished
        path, other = tmp_path / "deep" / "one.zip", Tenant.objects.get(slug="teashop")

        exporting.export_sealed(tenant=tenant, path=path, at=NOW)

        assert b"canary" not in path.read_bytes()
        whole = b"".join(exporting.read_sealed(tenant=tenant.schema_name, path=path))
        with ZipFile(BytesIO(whole)) as archive:
            assert archive.testzip() is None
        with pytest.raises(secrets.KeyGone):
            list(exporting.read_sealed(tenant=other.schema_name, path=path))


def elsewhere(tenant):
    """Another connection writes a note and commits."""
    with psycopg.connect(os.environ["TEST_OWNER_URL"]) as other:
        path = sql.SQL("SET search_path = {}").format(sql.Identifier(tenant.schema_name))
        other.execute(path)
        contact = other.execute("SELECT id FROM customers_contact LIMIT 1").fetchone()[0]
        other.execute(
            "INSERT INTO customers_note (id, contact_id, body, author_name, written_at) "
            "VALUES (gen_random_uuid(), %s, 'meanwhile', '', now())",
            [contact],
        )
