"""``seed_demo``: two demo tenants with believable data, made when absent. For development."""

import subprocess
import sys
import time
from argparse import ArgumentParser
from io import StringIO
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from regulars.demo import seeding
from regulars.demo.catalog import Shop
from regulars.platform import errors, tenancy
from regulars.platform.operators import OperatorCommand
from regulars.tenants import accounts, provisioning
from regulars.tenants.models import Person
from regulars.tenants.naming import UnknownTenant, tenant_called

PRODUCTION = "regulars.settings.production"


class NotForProduction(errors.Refused):
    code = "not_for_production"


class SeedingFailed(errors.Refused):
    code = "seeding_failed"


class Command(OperatorCommand):
    help = "Make the demo tenants that are missing, with customers and twenty months of orders."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--only", choices=[shop.slug for shop in seeding.SHOPS], help="only this shop")
        parser.add_argument(
            "--in-turn", action="store_true", help="one shop after the other, in this process"
        )

    def work(self, **options: Any) -> dict[str, Any]:
        if settings.SETTINGS_MODULE == PRODUCTION:
            raise NotForProduction("Demo data is for development: it has passwords that everybody knows.")
        shops = [shop for shop in seeding.SHOPS if options["only"] in (None, shop.slug)]
        for shop in shops:
            self._make(shop)
        missing = [shop for shop in shops if not seeding.is_seeded(shop=shop)]
        if len(missing) > 1 and not options["in_turn"]:
            self._seed_side_by_side(missing)
        else:
            for shop in missing:
                self._seed(shop)
        if options["only"] is None:
            for shop in shops:
                self.say(f"{shop.name}: {_url(shop)} — {shop.owner_email}, password {shop.password}")
        return {"tenants": [_introduced(shop) for shop in shops]}

    def _make(self, shop: Shop) -> None:
        try:
            tenant_called(shop.slug)
        except UnknownTenant:
            words = {
                name: getattr(shop, name) for name in ("slug", "name", "currency", "time_zone", "language")
            }
            words |= {"email": shop.owner_email, "password": shop.password}
            call_command("create_tenant", **words, stdout=StringIO())
            with tenancy.shared():
                owner = Person.objects.get(email=shop.owner_email)
                accounts.change_preferences(
                    person=owner, name=shop.owner_name, language=shop.language, time_zone=shop.time_zone
                )

    def _seed(self, shop: Shop) -> None:
        started = time.monotonic()
        seeding.seed(shop=shop, at=timezone.now(), say=lambda line: self.say(f"{shop.name}: {line}"))
        self.say(f"{shop.name}: ready after {time.monotonic() - started:.0f} s")

    def _seed_side_by_side(self, shops: list[Shop]) -> None:
        """A process each: two cores take half the time."""
        command = [sys.executable, "-m", "django", "seed_demo", "--only"]
        running = [
            subprocess.Popen([*command, shop.slug], cwd=settings.ROOT)  # noqa: S603 (our own program)
            for shop in shops
        ]
        try:
            failed = [shop.name for shop, process in zip(shops, running, strict=True) if process.wait()]
        finally:
            for process in running:  # when this process is stopped, it leaves none behind
                if process.poll() is None:
                    process.terminate()
        if failed:
            raise SeedingFailed(f"{', '.join(failed)}: the lines above say why. Run it again to go on.")


def _introduced(shop: Shop) -> dict[str, str]:
    return {"tenant": shop.slug, "url": _url(shop), "email": shop.owner_email, "password": shop.password}


def _url(shop: Shop) -> str:
    return f"{settings.SCHEME}://{provisioning.host_of(shop.slug)}{settings.SHOWN_PORT}/"
