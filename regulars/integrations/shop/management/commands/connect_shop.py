"""``connect_shop --tenant S --kind woocommerce --url U --secret X``: a shop from the command line."""

from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from regulars.integrations.shop import connections
from regulars.integrations.shop.connectors import CONNECTORS
from regulars.platform import tenancy
from regulars.platform.operators import OperatorCommand
from regulars.tenants import endpoints
from regulars.tenants.naming import tenant_called


class Command(OperatorCommand):
    help = "Connect a shop; prints the address that the shop posts its webhooks to."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, help="the tenant's slug")
        parser.add_argument("--kind", required=True, choices=sorted(CONNECTORS))
        parser.add_argument("--url", default="", help="the shop's site")
        parser.add_argument("--name", default="", help="what to call it")
        parser.add_argument("--secret", default="", help="what deliveries are signed with; made when absent")
        parser.add_argument("--key", default="", help="the shop's API key, to read and to set up webhooks")
        parser.add_argument("--key-secret", default="", help="the secret that belongs to --key")

    def work(self, **options: Any) -> dict[str, Any]:
        tenant = tenant_called(options["tenant"])
        with tenancy.opened(tenant.schema_name):
            connection = connections.connect(
                kind=options["kind"],
                name=options["name"],
                url=options["url"],
                key=options["key"],
                secret=options["key_secret"],
                signing_secret=options["secret"],
                at=timezone.now(),
            )
            hook_url = endpoints.url_of(connection_id=connection.pk)
            secret = connection.door().signing_secrets[0]
        self.say(f"{connection.name} is connected. Webhooks go to {hook_url}")
        if not options["secret"]:
            self.say(f"Deliveries are signed with {secret}")
        return {"connection": str(connection.pk), "hook_url": hook_url, "secret": secret}
