"""``check_api_drift``: the committed description of the REST API is the one the code gives."""

import difflib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from regulars.rest import schema

COMMITTED = Path("docs/api/openapi.yaml")


class Command(BaseCommand):
    help = "Compare docs/api/openapi.yaml with the code; fails with the difference. --write settles it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--write", action="store_true", help="write the file instead of comparing")
        parser.add_argument("--file", type=Path, default=settings.ROOT / COMMITTED, help="another file")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            generated = schema.as_yaml()
        except ValueError as gap:
            raise CommandError(str(gap)) from None
        file: Path = options["file"]
        if options["write"]:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(generated, encoding="utf-8")
            self.stdout.write(f"{file} is written.")
            return
        committed = file.read_text(encoding="utf-8") if file.exists() else ""
        if committed == generated:
            self.stdout.write("The REST API is as described.")
            return
        lines = difflib.unified_diff(
            committed.splitlines(), generated.splitlines(), str(COMMITTED), "the code", lineterm=""
        )
        self.stdout.write("\n".join(lines))
        raise CommandError("The REST API differs from its description: run check_api_drift --write.")
