"""The worker's side of insight: figures follow facts, stages follow the calendar."""

from uuid import UUID

from django.utils import timezone

from regulars.crm_core.commerce.models import Order
from regulars.crm_core.insight import metrics, stages
from regulars.platform import wakes
from regulars.platform.facts.models import Fact
from regulars.platform.tasks import public_task, task
from regulars.tenants.models import Tenant, TenantState


@task
def refresh_metrics(*, subject_id: str, **_newer: object) -> None:
    """Follows every ``order.*`` fact, whose subject is an order: its customer's figures."""
    contact = Order.objects.filter(pk=UUID(subject_id)).values_list("contact", flat=True).first()
    if contact is not None:
        metrics.recompute(contacts=[contact], at=timezone.now())


@task
def list_contact(*, subject_id: str, **_newer: object) -> None:
    """Follows ``contact.*`` facts, whose subject is a contact: it and those folded into it."""
    metrics.recompute_family(contact=UUID(subject_id), at=timezone.now())


@task
def relist_released(**_newer: object) -> None:
    """Follows ``contact.unmerged``: whoever is a customer of their own again, whatever the subject was."""
    metrics.recompute_released(at=timezone.now())


@task
def refresh_import(**_newer: object) -> None:
    """Follows ``orders.imported`` and ``customers.imported``: a file touches many, so all are worked out."""
    metrics.recompute(contacts=None, at=timezone.now())


@task
def refresh_taken(*, subject_id: str, **_newer: object) -> None:
    """Follows ``orders.taken``, many orders at once: the contacts that the fact lists."""
    fact = Fact.objects.filter(name="orders.taken", subject_id=UUID(subject_id)).first()
    listed = (fact.after or {}).get("contacts", []) if fact is not None else []
    if listed:
        metrics.recompute(contacts=[UUID(contact) for contact in listed], at=timezone.now())


@task
def refresh_everybody(**_newer: object) -> None:
    """Follows ``margin.changed``."""
    metrics.recompute(contacts=None, at=timezone.now())


@task
def refresh_stages(**_newer: object) -> None:
    """Once a day: who has gone silent meanwhile."""
    stages.revisit(at=timezone.now())


@public_task
def revisit_stages(**_newer: object) -> None:
    """Wakes ``refresh_stages`` for every subscriber. A lost message is made good the next day."""
    tenants = Tenant.objects.filter(state=TenantState.ACTIVE)
    for schema in tenants.order_by("pk").values_list("schema_name", flat=True).iterator():
        wakes.call("insight.refresh_stages", tenant=schema)
