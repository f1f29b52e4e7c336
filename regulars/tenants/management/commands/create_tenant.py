"""``create_tenant --slug S --name N --email E``: a subscriber from the command line."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.utils import timezone

from regulars.platform import errors, ids, tenancy, wakes
from regulars.platform.operators import OperatorCommand
from regulars.tenants import accounts, provisioning
from regulars.tenants.models import Person, Tenant

WAIT_SECONDS = 60


class NothingPrepares(errors.Refused):
    code = "nothing_prepares"


class Command(OperatorCommand):
    help = "Create a tenant and its owner; prints the host and, for a new account, a password."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--slug", required=True, help="the first part of its address")
        parser.add_argument("--name", required=True, help="what the shop calls itself")
        parser.add_argument("--email", required=True, help="the owner's e-mail address")
        parser.add_argument("--currency", default="EUR", help="ISO 4217, default EUR")
        parser.add_argument("--time-zone", default="UTC", help="IANA name, default UTC")
        parser.add_argument("--language", default="en", choices=[code for code, _ in settings.LANGUAGES])
        parser.add_argument("--password", default="", help="of a new account; one is made when absent")

    def work(self, **options: Any) -> dict[str, Any]:
        tenant, password = self._created(options)
        host = f"{provisioning.host_of(str(tenant.slug))}{settings.SHOWN_PORT}"
        self.say(f"{tenant.name}: {settings.SCHEME}://{host}/")
        if password:
            self.say(f"Sign in as {options['email']} with {password}")
        answer = {"tenant": tenant.slug, "host": host, "schema": tenant.schema_name}
        return {**answer, "password": password} if password else answer

    def _created(self, options: dict[str, Any]) -> tuple[Tenant, str]:
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                return self._attached(options)
            except provisioning.NoSpare:
                if settings.LOGIN == "owner":
                    provisioning.keep_spares(at=timezone.now())
                elif time.monotonic() > deadline:
                    raise NothingPrepares(
                        "No schema became ready within a minute: is the owner's worker of `make run` running?"
                    ) from None
                else:
                    wakes.call("tenants.make_spares", tenant="")
                    time.sleep(0.5)

    @tenancy.atomic
    def _attached(self, options: dict[str, Any]) -> tuple[Tenant, str]:
        now = timezone.now()
        owner = Person.objects.filter(email=accounts.normalized(options["email"])).first()
        password = ""
        if owner is None:
            password = options["password"] or ids.token(bytes_count=12)
            owner = accounts.join(
                email=options["email"], password=password, name="", language=options["language"], at=now
            )
        tenant = provisioning.attach(
            slug=options["slug"],
            name=options["name"],
            currency=options["currency"],
            time_zone=options["time_zone"],
            language=options["language"],
            owner=owner,
            at=now,
        )
        return tenant, password
