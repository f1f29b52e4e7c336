"""What orders tell of a person, emptied once their contact is redacted. What was sold stays."""

from uuid import UUID

from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat, Replace

from regulars.crm_core.commerce.models import Order, Refund
from regulars.crm_core.customers import identity
from regulars.crm_core.customers.models import Contact
from regulars.platform import tenancy


@tenancy.atomic
def redact_orders(*, contact: UUID) -> int:
    """Put a stand-in for the address on every order of a redacted contact, and blank the names and reasons.

    Returns how many orders were changed; safe to repeat, and does nothing for a contact that is not redacted.
    """
    if not Contact.objects.filter(pk=contact, redacted_at__isnull=False).exists():
        return 0
    orders = Order.objects.filter(contact=contact).exclude(email__endswith=f"@{identity.ERASED_DOMAIN}")
    Refund.objects.filter(order__contact=contact).exclude(reason="").update(reason="")
    plain = Replace(Cast("pk", CharField()), Value("-"), Value(""))
    stand_in = Concat(Value("erased-"), plain, Value(f"@{identity.ERASED_DOMAIN}"))
    return orders.update(email=stand_in, buyer_name="")
