"""``replay_deliveries --tenant S``: try dead letters again, after their cause was mended."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.utils import timezone

from regulars.platform import inbox, tenancy
from regulars.platform.facts import facts
from regulars.platform.operators import OperatorCommand
from regulars.tenants.naming import tenant_called


class Command(OperatorCommand):
    help = "Give a tenant's dead deliveries and reactions their attempts back."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, help="the tenant's slug")
        parser.add_argument("--connection", type=UUID, default=None, help="only this shop's")
        parser.add_argument("--now", action="store_true", help="deal with them in this process, too")

    def work(self, **options: Any) -> dict[str, Any]:
        schema, now = tenant_called(options["tenant"]).schema_name, timezone.now()
        deliveries = inbox.replay(tenant=schema, connection_id=options["connection"], at=now)
        with tenancy.opened(schema):
            reactions = facts.replay_dead(at=now)
        if options["now"]:
            while inbox.work(tenant=schema, at=timezone.now()):
                continue
            with tenancy.opened(schema):
                while facts.work(at=timezone.now()):
                    continue
        left = inbox.waiting(tenant=schema)
        self.say(f"{deliveries} deliveries and {reactions} reactions are tried again.")
        return {
            "deliveries": deliveries,
            "reactions": reactions,
            "waiting": left["due"],
            "dead": left["dead"],
        }
