"""``import_customers FILE --tenant SLUG``: customers and what they agreed to, whole or not at all."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils import timezone

from regulars.crm_core.customers import imports
from regulars.platform import tenancy
from regulars.platform.facts import facts
from regulars.platform.operators import OperatorCommand
from regulars.platform.progress import Bar
from regulars.tenants.naming import tenant_called


class Command(OperatorCommand):
    help = "Import customers, with tags and consent, from a .csv or .csv.zst file."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a .csv or .csv.zst file")
        parser.add_argument("--tenant", required=True, help="the tenant's slug")
        parser.add_argument(
            "--source", default="", help="whose ids stand in external_id: the source of an orders' mapping"
        )
        parser.add_argument("--errors", type=Path, help="where rejected rows go; default FILE.errors.csv")

    def work(self, **options: Any) -> dict[str, Any]:
        tenant = tenant_called(options["tenant"])
        bar = Bar()
        with tenancy.opened(tenant.schema_name):
            taken = imports.take(
                path=options["file"],
                time_zone=tenant.time_zone,
                source=options["source"],
                errors_path=options["errors"],
                at=timezone.now(),
                progress=bar.tell,
            )
            if taken.fact is not None:
                bar.tell("Working out figures", taken.rows, 1.0)
                while facts.work(at=timezone.now()):
                    continue
        bar.end()
        self.say(
            f"{taken.rows:,} rows: {taken.new:,} customers are new, {taken.changed:,} changed, "
            f"{taken.unchanged:,} were here already."
        )
        if taken.errors_path:
            self.say(
                f"{taken.rejected:,} rows were rejected: see {taken.errors_path}. "
                "Mend them in the file and import it again; what is in already is left alone."
            )
        return {
            "tenant": tenant.slug,
            "rows": taken.rows,
            "new": taken.new,
            "changed": taken.changed,
            "unchanged": taken.unchanged,
            "rejected": taken.rejected,
            "errors": str(taken.errors_path) if taken.errors_path else None,
        }
