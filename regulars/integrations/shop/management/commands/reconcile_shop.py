"""``reconcile_shop --tenant S``: read again what changed of late at a tenant's shops."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.utils import timezone

from regulars.integrations.shop import connections, reconcile
from regulars.platform import tenancy
from regulars.platform.operators import OperatorCommand
from regulars.tenants.naming import tenant_called


class Command(OperatorCommand):
    help = "Ask the shops for what they did not tell us."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, help="the tenant's slug")
        parser.add_argument("--connection", type=UUID, default=None, help="only this shop")

    def work(self, **options: Any) -> dict[str, Any]:
        with tenancy.opened(tenant_called(options["tenant"]).schema_name):
            rows = connections.standing()
            chosen = [row for row in rows if options["connection"] in (None, row.pk)]
            gone = sum(reconcile.reconcile(connection_id=row.pk, at=timezone.now()) for row in chosen)
        self.say(f"{len(chosen)} shops are read again; {gone} orders turned out to be gone.")
        return {"shops": len(chosen), "gone": gone}
