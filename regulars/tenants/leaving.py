"""A subscriber who goes: asked for by typing the workspace's name, taken back within 14 days."""

from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from regulars.platform import errors, tenancy
from regulars.platform.facts import facts
from regulars.tenants import keys
from regulars.tenants.models import Tenant

RETURN_WITHIN = timedelta(days=14)


class NameDiffers(errors.Invalid):
    """What was typed is not the workspace's name."""

    code = "name_differs"


class NotLeaving(errors.Refused):
    """Nobody asked for its deletion."""

    code = "not_leaving"


@tenancy.atomic
def ask_for_deletion(*, name: str, actor_id: UUID | None, at: datetime) -> datetime:
    """Have the open tenant deleted 14 days from now; returns when. Asking again keeps the first day.

    ``name`` is the workspace's as its owner typed it. Till then its members see billing, export and how to
    take it back; no campaign mail goes. Raises NameDiffers.
    """
    schema = tenancy.current()
    with tenancy.shared():
        tenant = Tenant.objects.select_for_update().get(schema_name=schema)
        if " ".join(name.split()) != " ".join(tenant.name.split()):
            raise NameDiffers(_("Type the name of the workspace as it is written: %s") % tenant.name)
        if tenant.deletion_due_at is not None:
            return tenant.deletion_due_at
        tenant.deletion_due_at = at + RETURN_WITHIN
        tenant.save(update_fields=["deletion_due_at"])
    _record("workspace.deletion_asked", tenant, actor_id=actor_id, at=at)
    return tenant.deletion_due_at


@tenancy.atomic
def take_back(*, actor_id: UUID | None, at: datetime) -> None:
    """The open tenant stays, with everything in it. Raises NotLeaving."""
    schema = tenancy.current()
    with tenancy.shared():
        tenant = Tenant.objects.select_for_update().get(schema_name=schema)
        if tenant.deletion_due_at is None:
            raise NotLeaving(_("Nobody asked for the deletion of this workspace."))
        tenant.deletion_due_at = None
        tenant.save(update_fields=["deletion_due_at"])
    _record("workspace.taken_back", tenant, actor_id=actor_id, at=at)


def due(*, at: datetime) -> list[Tenant]:
    """Whose 14 days are over."""
    return list(Tenant.objects.filter(deletion_due_at__lte=at).order_by("deletion_due_at"))


def _record(name: str, tenant: Tenant, *, actor_id: UUID | None, at: datetime) -> None:
    facts.record(name, subject_id=tenant.pk, at=at, actor_id=actor_id, origin="staff")
    tenancy.after_commit(keys.forget)
