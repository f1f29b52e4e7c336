"""The workers' side of e-mail."""

from uuid import UUID

from django.utils import timezone, translation

from regulars.integrations.email import attribution, domains, forgetting, reaping, sending, turns
from regulars.platform import tenancy, wakes
from regulars.platform.tasks import public_task, task
from regulars.tenants import workspaces
from regulars.tenants.models import Tenant, TenantState


@task
def send_due(**_newer: object) -> None:
    """One turn at what the tenant has to send; it wakes the next one itself."""
    with translation.override(workspaces.language()):  # a mail server's words are kept for the owner to read
        if turns.Turn(clock=timezone.now).run():
            wakes.call(sending.SEND_DUE, tenant=tenancy.current())


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


@task
def look_at_domains(**_newer: object) -> None:
    """Twice a day: are the keys of verified domains still where receivers look for them?"""
    domains.look_again(at=timezone.now())


@public_task
def revisit_domains(**_newer: object) -> None:
    """Wakes ``look_at_domains`` for every subscriber. A lost message is made good at the next look."""
    tenants = Tenant.objects.filter(state=TenantState.ACTIVE)
    for schema in tenants.order_by("pk").values_list("schema_name", flat=True).iterator():
        wakes.call("email.look_at_domains", tenant=schema)
