"""The workers' side of commerce."""

from uuid import UUID

from regulars.crm_core.commerce import forgetting
from regulars.platform.tasks import task


@task
def redact_orders(*, subject_id: str, **_newer: object) -> None:
    """Follows ``contact.redacted``."""
    forgetting.redact_orders(contact=UUID(subject_id))
