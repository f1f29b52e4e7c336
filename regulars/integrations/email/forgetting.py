"""When a person is forgotten: their address leaves the mails' rows, and is never mailed again."""

from datetime import datetime
from uuid import UUID

from regulars.crm_core.customers import identity, resolving
from regulars.integrations.email import suppression
from regulars.integrations.email.models import Recipient, RecipientState, Touch
from regulars.platform import tenancy

WAITING = (RecipientState.PENDING, RecipientState.CLAIMED)


@tenancy.atomic
def forget(*, contact: UUID, at: datetime) -> int:
    """Put a stand-in for the address into each row of the person; returns how many. Safe to repeat."""
    family = resolving.family(contact)
    rows = Recipient.objects.select_for_update(no_key=True).filter(contact__in=family)
    rows.filter(state__in=WAITING).update(
        state=RecipientState.SKIPPED, reason="erased", worker="", lease_until=None
    )
    Touch.objects.filter(recipient__contact__in=family).update(agent="")
    many = 0
    for row in rows:
        if not identity.is_stand_in(row.email):
            suppression.add(email=row.email, reason="erased", at=at)
            row.email = identity.stand_in(row.pk)
            row.save(update_fields=["email"])
            many += 1
    return many
