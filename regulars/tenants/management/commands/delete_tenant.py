"""``delete_tenant --tenant S --now --confirm S``: for good; without ``--now`` in 14 days."""

from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from regulars.platform import errors, tenancy
from regulars.platform.operators import OwnerCommand
from regulars.tenants import deleting, leaving
from regulars.tenants.models import Tenant
from regulars.tenants.naming import tenant_called


class NotConfirmed(errors.Refused):
    code = "not_confirmed"


class Command(OwnerCommand):
    help = "Delete a tenant: schema, role, people, doors, keys, files, and the key of what was sealed."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, help="the tenant's slug")
        parser.add_argument("--now", action="store_true", help="at once and for good; default: in 14 days")
        parser.add_argument("--take-back", action="store_true", help="keep a tenant that was to be deleted")
        parser.add_argument("--confirm", default="", help="the slug once more, typed by you")

    def work(self, **options: Any) -> dict[str, Any]:
        tenant, now = tenant_called(options["tenant"]), timezone.now()
        if options["take_back"]:
            with tenancy.opened(tenant.schema_name):
                leaving.take_back(actor_id=None, at=now)
            self.say(f"{tenant.name} stays.")
            return {"tenant": tenant.slug, "due_at": None}
        if options["confirm"] != tenant.slug:
            raise NotConfirmed(f"Nothing was deleted: say it once more with --confirm {tenant.slug}.")
        return self._delete(tenant) if options["now"] else self._ask(tenant)

    def _ask(self, tenant: Tenant) -> dict[str, Any]:
        with tenancy.opened(tenant.schema_name):
            due_at = leaving.ask_for_deletion(name=tenant.name, actor_id=None, at=timezone.now())
        self.say(f"{tenant.name} will be deleted on {due_at:%Y-%m-%d %H:%M} UTC.")
        return {"tenant": tenant.slug, "due_at": due_at.isoformat()}

    def _delete(self, tenant: Tenant) -> dict[str, Any]:
        slug = tenant.slug
        record = deleting.delete(tenant=tenant, cause="operator", at=timezone.now())
        self.say(f"Deleted {slug}: {sum(record.rows.values()):,} rows.")
        return {
            "tenant": slug,
            "deleted_at": record.deleted_at.isoformat(),
            "record": str(record.pk),
            "rows": record.rows,
            "elsewhere": record.elsewhere,
        }
