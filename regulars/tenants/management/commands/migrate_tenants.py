"""``migrate_tenants``: the public schema, then every tenant that is behind, then spare schemas."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.utils import timezone

from regulars.platform import errors
from regulars.platform.operators import OperatorCommand
from regulars.tenants import migrating, provisioning


class NotTheOwner(errors.Refused):
    code = "not_the_owner"


class Command(OperatorCommand):
    help = "Bring all schemas to this release. Needs the owner's login (REGULARS_LOGIN=owner)."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-spares", action="store_true", help="make no spare schemas")

    def work(self, **options: Any) -> dict[str, Any]:
        if settings.LOGIN != "owner":
            raise NotTheOwner("Schemas belong to the owner's login: run this with REGULARS_LOGIN=owner.")
        done = {}
        for schema, ran in migrating.migrate_all():
            done[schema] = len(ran)
            self.say(f"{schema}: {', '.join(ran) or 'up to date'}")
        made = 0 if options["no_spares"] else provisioning.keep_spares(at=timezone.now())
        if made:
            self.say(f"{made} spare schemas made")
        return {"migrated": done, "spares": made}
