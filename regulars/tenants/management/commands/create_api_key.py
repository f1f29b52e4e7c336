"""``create_api_key --tenant S``: a partner's key from the command line, shown this once."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.utils import timezone

from regulars.platform import errors, tenancy
from regulars.platform.operators import OperatorCommand
from regulars.tenants import keys
from regulars.tenants.naming import tenant_called

MAX_DAYS = 3_650


class BadLifetime(errors.Invalid):
    code = "bad_lifetime"


class Command(OperatorCommand):
    help = "Make an API key for a tenant; it is shown this once and kept as a hash only."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, help="the tenant's slug")
        parser.add_argument("--name", default="Command line", help="what the key is for")
        parser.add_argument(
            "--scope",
            action="append",
            choices=keys.SCOPES,
            help="what it may do, default: read everything; may be repeated",
        )
        parser.add_argument("--days", type=int, help="expires after so many days; default never")

    def work(self, **options: Any) -> dict[str, Any]:
        tenant = tenant_called(options["tenant"])
        now = timezone.now()
        scopes = sorted(set(options["scope"] or keys.READING))
        days = options["days"]
        if days is not None and not 1 <= days <= MAX_DAYS:
            raise BadLifetime(f"--days is between 1 and {MAX_DAYS}.")
        expires_at = now + timedelta(days=days) if days else None
        with tenancy.opened(tenant.schema_name):
            key = keys.make(name=options["name"], scopes=scopes, expires_at=expires_at, at=now)
        self.say(f"A key for {tenant.name} ({', '.join(scopes)}), shown this once: {key}")
        return {"key": key, "tenant": tenant.slug, "scopes": scopes}
