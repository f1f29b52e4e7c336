import pytest

from regulars.platform import tenancy
from regulars.tenants import resolving, workspaces
from regulars.tenants.models import Tenant


class TestChange:
    def test_is_known_at_once_in_this_process(self, tea_shop, django_capture_on_commit_callbacks):
        assert resolving.tenant_at("teashop.localhost").name == "Tea Shop"

        with tenancy.opened(tea_shop.schema_name), django_capture_on_commit_callbacks(execute=True):
            workspaces.change(name=" Tea & Time ", time_zone="Asia/Tokyo", language="en")

        found = resolving.tenant_at("teashop.localhost")
        assert (found.name, found.time_zone) == ("Tea & Time", "Asia/Tokyo")

    def test_leaves_others_alone(self, tenant, book_shop):
        workspaces.change(name="New", time_zone="UTC", language="en")

        with tenancy.shared():
            assert Tenant.objects.get(pk=book_shop.pk).name == "Book Shop"

    @pytest.mark.parametrize(
        "wrong", [{"name": ""}, {"name": "x" * 121}, {"time_zone": "x"}, {"language": "x"}]
    )
    def test_refuses_what_cannot_be(self, tenant, wrong):
        said = {"name": "New", "time_zone": "UTC", "language": "en", **wrong}

        with pytest.raises(workspaces.InvalidWorkspace) as refused:
            workspaces.change(**said)
        assert {refused.value.field} == set(wrong)


def test_members_are_those_of_the_open_tenant(tenant):
    assert [row.person.email for row in workspaces.members()] == ["owner@teashop.example"]
