"""``check_migrations``: no migration that would hurt while a release rolls out."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.migrations.loader import MigrationLoader

from regulars.checks import unsafe


class Command(BaseCommand):
    help = "Refuse migrations that old code, or a table in use, cannot bear."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        found = unsafe.problems(MigrationLoader(None, ignore_no_migrations=True))
        if found:
            raise CommandError(
                "\n".join([*found, "Where it is right all the same: regulars/checks/unsafe.py."])
            )
        self.stdout.write("No migration is unsafe.")
