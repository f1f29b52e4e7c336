"""``check_api_drift``: the committed descriptions of both APIs are the ones the code gives."""

import difflib
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from regulars.graphql import schema as graphql
from regulars.rest import schema as rest

COMMITTED = Path("docs/api/openapi.yaml")
SCHEMA = Path("docs/api/schema.graphql")
DESCRIBED: Mapping[str, tuple[Path, Callable[[], str]]] = {
    "REST": (COMMITTED, rest.as_yaml),
    "GraphQL": (SCHEMA, graphql.as_sdl),
}


class Command(BaseCommand):
    help = "Compare docs/api/ with the code; fails with the difference. --write settles it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--write", action="store_true", help="write the files instead of comparing")
        parser.add_argument("--folder", type=Path, default=settings.ROOT, help="another root of docs/api/")

    def handle(self, *args: Any, **options: Any) -> None:
        differing = [
            name
            for name, (file, generate) in DESCRIBED.items()
            if not self._settled(name, options["folder"] / file, generate, is_written=options["write"])
        ]
        if differing:
            apis = " and ".join(differing)
            raise CommandError(f"{apis} differ from the description: run check_api_drift --write.")

    def _settled(self, name: str, file: Path, generate: Callable[[], str], *, is_written: bool) -> bool:
        """Write, or tell the difference; False when there is one."""
        try:
            generated = generate()
        except ValueError as gap:
            raise CommandError(str(gap)) from None
        if is_written:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(generated, encoding="utf-8")
            self.stdout.write(f"{file} is written.")
            return True
        committed = file.read_text(encoding="utf-8") if file.exists() else ""
        if committed == generated:
            self.stdout.write(f"The {name} API is as described.")
            return True
        lines = difflib.unified_diff(
            committed.splitlines(), generated.splitlines(), str(file.name), "the code", lineterm=""
        )
        self.stdout.write("\n".join(lines))
        return False
