"""``restore_tenant --from DUMP --slug S``: a dump becomes a tenant again, under a new address."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from regulars.platform.operators import OwnerCommand
from regulars.tenants import provisioning, restoring


class Command(OwnerCommand):
    help = "Restore a dump of export_tenant --dump as a new tenant. Never onto one that is there."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--from", dest="dump", type=Path, required=True, help="the file of export_tenant --dump"
        )
        parser.add_argument("--slug", required=True, help="the first part of its new address")

    def work(self, **options: Any) -> dict[str, Any]:
        made = restoring.restore(dump=options["dump"], slug=options["slug"], at=timezone.now())
        host = f"{provisioning.host_of(str(made.tenant.slug))}{settings.SHOWN_PORT}"
        self.say(f"{made.tenant.name}: {sum(made.rows.values()):,} rows at {settings.SCHEME}://{host}/")
        return {
            "tenant": made.tenant.slug,
            "host": host,
            "schema": made.tenant.schema_name,
            "rows": made.rows,
            "members": made.members,
            "doors": made.doors,
            "api_keys": made.api_keys,
        }
