"""``export_tenant --tenant S --to FOLDER``: everything of one subscriber, for them or for ourselves."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils import timezone

from regulars.platform import errors
from regulars.platform.operators import OperatorCommand
from regulars.tenants import dumping, exporting
from regulars.tenants.naming import tenant_called


class NoFolder(errors.Invalid):
    code = "no_folder"


class Command(OperatorCommand):
    help = "Write a zip for the owner (CSV, JSON lines, manifest), or with --dump a file for restore_tenant."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, help="the tenant's slug")
        parser.add_argument("--to", type=Path, required=True, help="folder of the file, made when missing")
        parser.add_argument(
            "--dump", action="store_true", help="the operator's dump instead of the owner's zip"
        )

    def work(self, **options: Any) -> dict[str, Any]:
        tenant, folder = tenant_called(options["tenant"]), options["to"]
        write = dumping.dump if options["dump"] else exporting.export
        try:
            made = write(tenant=tenant, folder=folder, at=timezone.now())
        except OSError as problem:
            raise NoFolder(f"{folder} cannot be written to: {problem.strerror}") from None
        self.say(f"{made.path}: {sum(made.rows.values()):,} rows of {len(made.rows)} tables")
        return {
            "tenant": tenant.slug,
            "path": str(made.path),
            "bytes": made.size_bytes,
            "rows": made.rows,
        }
