import pytest
from django.utils import timezone

from regulars.integrations.shop.models import Connection
from regulars.platform import secrets, tenancy
from regulars.platform.models import DataKey

NOW = timezone.now()
OLD = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
NEW = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU="


@pytest.fixture(autouse=True)
def _forgotten():
    secrets.forget()
    yield
    secrets.forget()


class TestSeal:
    def test_opens_again_for_the_same_tenant_and_purpose(self, tea_shop):
        sealed = secrets.seal(b"ck_123", tenant=tea_shop.schema_name, purpose="keys")

        assert b"ck_123" not in sealed
        assert secrets.unseal(sealed, tenant=tea_shop.schema_name, purpose="keys") == b"ck_123"

    def test_gives_another_text_each_time(self, tea_shop):
        name = tea_shop.schema_name
        assert secrets.seal(b"x", tenant=name, purpose="a") != secrets.seal(b"x", tenant=name, purpose="a")


class TestUnseal:
    def test_refuses_another_tenants_value_and_another_purpose(self, tea_shop, book_shop):
        sealed = secrets.seal(b"ck_123", tenant=tea_shop.schema_name, purpose="keys")

        for tenant, purpose in ((book_shop.schema_name, "keys"), (tea_shop.schema_name, "other")):
            with pytest.raises(secrets.KeyGone):
                secrets.unseal(sealed, tenant=tenant, purpose=purpose)

    def test_opens_old_values_after_a_new_data_key(self, tea_shop):
        old = secrets.seal(b"old", tenant=tea_shop.schema_name, purpose="keys")

        secrets.make_data_key(tenant=tea_shop.schema_name, at=NOW)
        new = secrets.seal(b"new", tenant=tea_shop.schema_name, purpose="keys")

        assert secrets.unseal(old, tenant=tea_shop.schema_name, purpose="keys") == b"old"
        assert secrets.unseal(new, tenant=tea_shop.schema_name, purpose="keys") == b"new"
        assert new[:2] > old[:2]


class TestRewrap:
    def test_moves_a_tenant_to_a_new_master_key(self, tea_shop, settings):
        sealed = secrets.seal(b"ck_123", tenant=tea_shop.schema_name, purpose="keys")
        settings.MASTER_KEYS = [NEW, OLD]

        secrets.rewrap(tenant=tea_shop.schema_name)
        settings.MASTER_KEYS = [NEW]
        secrets.forget()

        assert secrets.unseal(sealed, tenant=tea_shop.schema_name, purpose="keys") == b"ck_123"

    def test_says_so_when_no_master_key_opens(self, tea_shop, settings):
        settings.MASTER_KEYS = [NEW]

        with pytest.raises(secrets.KeyGone, match="REGULARS_MASTER_KEYS"):
            secrets.seal(b"x", tenant=tea_shop.schema_name, purpose="keys")


class TestDestroy:
    def test_makes_everything_sealed_unreadable(self, tea_shop):
        sealed = secrets.seal(b"ck_123", tenant=tea_shop.schema_name, purpose="keys")

        secrets.destroy(tenant=tea_shop.schema_name)

        assert not DataKey.objects.filter(tenant=tea_shop.schema_name).exists()
        with pytest.raises(secrets.KeyGone):
            secrets.unseal(sealed, tenant=tea_shop.schema_name, purpose="keys")


class TestEncryptedField:
    def test_keeps_nothing_readable_in_its_column(self, tenant):
        made = Connection.objects.create(
            kind="push", name="x", credentials={"secret": "cs_hidden"}, connected_at=NOW
        )

        (raw,) = tenancy.rows("SELECT credentials FROM shop_connection")[0]

        assert b"cs_hidden" not in bytes(raw)
        assert Connection.objects.get(pk=made.pk).credentials == {"secret": "cs_hidden"}
