"""What a tenant may use, and how far its people may go."""

import pytest
from django.utils import timezone

from regulars.platform import tenancy
from regulars.tenants import bearer, entitlements, keys
from regulars.tenants.entitlements import Access

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def grant(tea_shop, access, **amounts):
    changed = entitlements.grant(tenant=tea_shop, amounts=amounts, access=access, at=NOW)
    keys.forget()
    return changed


class TestGrant:
    def test_gives_exactly_what_is_named_and_withdraws_the_rest(self, tea_shop):
        assert grant(tea_shop, Access.FULL, contacts=500, mails=None)
        assert not grant(tea_shop, Access.FULL, contacts=500, mails=None)

        assert entitlements.of(tenant=tea_shop.schema_name) == {"contacts": 500, "mails": None}
        assert entitlements.may_mail(tenant=tea_shop.schema_name)

        assert grant(tea_shop, Access.READ_ONLY, contacts=500)
        assert not entitlements.may_mail(tenant=tea_shop.schema_name)
        assert entitlements.access(tenant=tea_shop.schema_name) is Access.READ_ONLY


class TestPermit:
    @pytest.mark.parametrize(
        ("access", "writes", "refusal"),
        [
            (Access.READ_ONLY, True, entitlements.ReadOnly),
            (Access.BILLING_ONLY, True, entitlements.BillingOnly),
            (Access.BILLING_ONLY, False, entitlements.BillingOnly),
        ],
    )
    def test_refuses_what_goes_too_far(self, access, writes, refusal):
        with pytest.raises(refusal) as refused:
            entitlements.permit(access, writes=writes)
        assert refused.value.status == 402

    def test_lets_the_rest_pass(self):
        entitlements.permit(Access.FULL, writes=True)
        entitlements.permit(Access.READ_ONLY, writes=False)


class TestAKeyOfAWorkspaceThatOwes:
    @pytest.fixture
    def key(self, tea_shop):
        with tenancy.opened(tea_shop.schema_name):
            return keys.make(name="Till", scopes=["customers:read", "customers:write"], at=NOW)

    def holder(self, key):
        return keys.resolve(key, at=NOW)

    def test_reads_but_does_not_write(self, tea_shop, key):
        bearer.require("customers:write", holder=self.holder(key))
        grant(tea_shop, Access.READ_ONLY, api=None)

        bearer.require("customers:read", holder=self.holder(key))
        with pytest.raises(entitlements.ReadOnly):
            bearer.require("customers:write", holder=self.holder(key))

    def test_opens_nothing_once_the_workspace_is_suspended(self, tea_shop, key):
        grant(tea_shop, Access.BILLING_ONLY)

        with pytest.raises(entitlements.BillingOnly):
            bearer.require("customers:read", holder=self.holder(key))
