from datetime import timedelta

import pytest
from django.utils import timezone

from regulars.platform import tenancy
from regulars.platform.facts.models import Fact
from regulars.tenants import entitlements, leaving
from regulars.tenants.models import Access, Tenant

NOW = timezone.now()


def due_at():
    with tenancy.shared():
        return Tenant.objects.get(slug="teashop").deletion_due_at


class TestAskForDeletion:
    def test_gives_fourteen_days_and_stops_what_goes_out(self, tenant):
        asked = leaving.ask_for_deletion(name=" Tea  Shop ", actor_id=None, at=NOW)

        assert asked == due_at() == NOW + timedelta(days=14)
        assert entitlements.access(tenant=tenant) == Access.LEAVING
        assert not entitlements.may_mail(tenant=tenant)
        assert Fact.objects.get().name == "workspace.deletion_asked"

    def test_keeps_the_first_day_when_it_is_asked_again(self, tenant):
        first = leaving.ask_for_deletion(name="Tea Shop", actor_id=None, at=NOW)

        assert leaving.ask_for_deletion(name="Tea Shop", actor_id=None, at=NOW + timedelta(days=3)) == first

    @pytest.mark.parametrize("name", ["", "tea shop", "Tea Shop!", "Book Shop"])
    def test_refuses_another_name_and_changes_nothing(self, tenant, name):
        with pytest.raises(leaving.NameDiffers):
            leaving.ask_for_deletion(name=name, actor_id=None, at=NOW)

        assert due_at() is None
        assert not Fact.objects.exists()


class TestTakeBack:
    def test_leaves_all_as_it_was(self, tenant):
        leaving.ask_for_deletion(name="Tea Shop", actor_id=None, at=NOW)

        leaving.take_back(actor_id=None, at=NOW)

        assert due_at() is None
        assert entitlements.access(tenant=tenant) == Access.FULL
        assert entitlements.may_mail(tenant=tenant)

    def test_refuses_when_nobody_asked(self, tenant):
        with pytest.raises(leaving.NotLeaving):
            leaving.take_back(actor_id=None, at=NOW)


class TestPermit:
    @pytest.mark.parametrize("writes", [True, False])
    def test_refuses_all_of_a_workspace_that_leaves(self, writes):
        with pytest.raises(entitlements.Leaving):
            entitlements.permit(Access.LEAVING, writes=writes)
