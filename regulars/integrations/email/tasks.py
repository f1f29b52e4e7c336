"""The workers' side of e-mail."""

from uuid import UUID

from django.utils import timezone

from regulars.integrations.email import attribution, forgetting, reaping
from regulars.platform.tasks import task


@task
def mind_campaign(*, subject_id: str, **_newer: object) -> None:
    """Follows ``campaign.sending``, which it records again as long as there is something to mind."""
    reaping.mind(campaign_id=UUID(subject_id), at=timezone.now())


@task
def attribute_order(*, subject_id: str, **_newer: object) -> None:
    """Follows ``order.placed``."""
    attribution.attribute(order_id=UUID(subject_id), at=timezone.now())


@task
def forget_contact(*, subject_id: str, **_newer: object) -> None:
    """Follows ``contact.redacted``."""
    forgetting.forget(contact=UUID(subject_id), at=timezone.now())
