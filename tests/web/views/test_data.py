from datetime import timedelta
from io import BytesIO
from uuid import uuid4
from zipfile import ZipFile

import pytest
from django.utils import timezone

from regulars.billing import subscriptions
from regulars.billing.models import Subscription
from regulars.platform import tenancy
from regulars.tenants import leaving, zips
from regulars.tenants.models import Membership, Tenant
from regulars.tenants.moving import KEEP_FILE, Export
from tests.web.conftest import signed_in, words

NOW = timezone.now()


def due_at():
    with tenancy.shared():
        return Tenant.objects.get(slug="teashop").deletion_due_at


class TestLeave:
    def test_wants_the_name_and_gives_fourteen_days(self, staff):
        assert staff.post("/settings/data/deletion/", {"typed": "Tea Shop"})["Location"] == "/settings/data/"

        assert due_at() - NOW > timedelta(days=13)
        assert "Keep the workspace" in words(staff.get("/settings/data/"))

    @pytest.mark.parametrize("typed", ["", "teashop", "Book Shop"])
    def test_refuses_another_name(self, staff, typed):
        answer = staff.post("/settings/data/deletion/", {"typed": typed})

        assert answer.status_code == 422
        assert due_at() is None

    def test_waits_until_the_paid_plan_was_ended(self, staff, tenant):
        with tenancy.shared():
            row = subscriptions.start_trial(tenant=tenant, at=NOW)
            Subscription.objects.filter(pk=row.pk).update(remote={"id": "sub_1", "status": "active"})

        assert "End your paid plan" in words(staff.post("/settings/data/deletion/", {"typed": "Tea Shop"}))
        assert due_at() is None

        with tenancy.shared():
            remote = {"id": "sub_1", "status": "active", "cancels_at": "2026-12-24T00:00:00+00:00"}
            Subscription.objects.filter(pk=row.pk).update(remote=remote)
        staff.post("/settings/data/deletion/", {"typed": "Tea Shop"})
        assert due_at() is not None

    def test_is_the_owners_alone(self, helper):
        assert helper.post("/settings/data/deletion/", {"typed": "Tea Shop"}).status_code == 403
        assert "Only owners" in words(helper.get("/settings/data/"))


class TestAWorkspaceThatLeaves:
    def test_shows_billing_export_and_the_way_back(self, staff, tenant):
        leaving.ask_for_deletion(name="Tea Shop", actor_id=None, at=NOW)

        assert staff.get("/customers/")["Location"] == "/settings/data/"
        assert staff.post("/customers/new/", {"email": "a@example.com"})["Location"] == "/settings/data/"
        assert "This workspace will be deleted on" in words(staff.get("/billing/"))

        staff.post("/settings/data/deletion/taken-back/")

        assert due_at() is None
        assert staff.get("/customers/").status_code == 200


class TestExport:
    def test_is_made_by_a_worker_and_fetched_by_the_owner_alone(self, new_tenant, settings, tmp_path):
        settings.EXPORTS_FOLDER = str(tmp_path)
        tenant = new_tenant()
        owner = Membership.objects.get(tenant=tenant).person
        client = signed_in(owner, tenant)

        client.post("/settings/data/export/")
        client.post("/settings/data/export/")

        row = Export.objects.get(tenant=tenant)
        assert "Being made" in words(client.get("/settings/data/"))
        assert client.get(f"/settings/data/export/{row.pk}/").status_code == 404
        assert zips.make_next(at=NOW)
        answer = client.get(f"/settings/data/export/{row.pk}/")
        with ZipFile(BytesIO(b"".join(answer.streaming_content))) as archive:
            assert archive.testzip() is None
            assert "csv/customers_contact.csv" in archive.namelist()
        assert "no-store" in answer["Cache-Control"]

        zips.expire(at=timezone.now() + KEEP_FILE + timedelta(minutes=1))
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
        assert client.get(f"/settings/data/export/{row.pk}/").status_code == 404

    def test_of_nobody_or_for_staff_is_not_there(self, staff, helper, tea_shop):
        with tenancy.shared():
            row = Export.objects.create(tenant=tea_shop, asked_by=uuid4(), asked_at=NOW, ready_at=NOW)

        assert helper.get(f"/settings/data/export/{row.pk}/").status_code == 403
        assert staff.get(f"/settings/data/export/{row.pk}/").status_code == 404
        assert staff.get(f"/settings/data/export/{uuid4()}/").status_code == 404
