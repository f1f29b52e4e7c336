import hashlib
import hmac

from regulars.integrations.email import suppression
from regulars.integrations.email.models import Suppression
from regulars.platform import secrets, tenancy
from tests.factories.commerce import NOON


class TestAdd:
    def test_keeps_a_keyed_hash_and_no_address(self, tenant):
        assert suppression.add(email=" Ana@Example.com ", reason="complaint", at=NOON)

        key = secrets.derived(tenant=tenant, purpose="mail suppression")
        wanted = hmac.new(key, b"ana@example.com", hashlib.sha256).hexdigest()
        assert Suppression.objects.values_list("email_hash", "reason").get() == (wanted, "complaint")

    def test_finds_every_spelling_and_keeps_the_first_reason(self, tenant):
        suppression.add(email="ana@example.com", reason="bounce", at=NOON)

        assert not suppression.add(email="ANA@EXAMPLE.COM", reason="staff", at=NOON)
        assert suppression.reason(email="aNa@example.com") == "bounce"
        assert suppression.reason(email="bea@example.com") == ""

    def test_means_one_tenant_alone(self, tenant, book_shop):
        suppression.add(email="ana@example.com", reason="bounce", at=NOON)
        ours = Suppression.objects.get().email_hash

        with tenancy.opened(book_shop.schema_name):
            assert suppression.reason(email="ana@example.com") == ""
            suppression.add(email="ana@example.com", reason="bounce", at=NOON)
            assert Suppression.objects.get().email_hash != ours


class TestLift:
    def test_lets_the_address_be_mailed_again(self, tenant):
        suppression.add(email="ana@example.com", reason="staff", at=NOON)

        assert suppression.lift(email="Ana@example.com")
        assert not suppression.lift(email="Ana@example.com")
        assert suppression.reason(email="ana@example.com") == ""
