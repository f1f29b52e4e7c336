"""``import_orders FILE --tenant SLUG --mapping NAME``: the orders of a CSV file, whole or not at all."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils import timezone

from regulars.crm_core.commerce import imports
from regulars.crm_core.commerce.imports import mapping
from regulars.platform import errors, tenancy
from regulars.platform.facts import facts
from regulars.platform.facts.models import Fact
from regulars.platform.operators import OperatorCommand
from regulars.platform.progress import Bar
from regulars.tenants.naming import tenant_called

WAIT_SECONDS = 900  # for a worker that took the figures over
LOOK_EVERY_SECONDS = 0.5


class FiguresAreLate(errors.Refused):
    """The orders are in; the figures follow when a worker gets to them."""

    code = "figures_are_late"


class Command(OperatorCommand):
    help = "Import orders from a .csv or .csv.zst file; prints the totals of everything its source brought."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a .csv or .csv.zst file")
        parser.add_argument("--tenant", required=True, help="the tenant's slug")
        parser.add_argument(
            "--mapping", required=True, help="online_retail, or a .toml or .json file that names the columns"
        )
        parser.add_argument("--errors", type=Path, help="where rejected rows go; default FILE.errors.csv")

    def work(self, **options: Any) -> dict[str, Any]:
        tenant = tenant_called(options["tenant"])
        told = mapping.named(options["mapping"])
        bar = Bar()
        with tenancy.opened(tenant.schema_name):
            taken = imports.take(
                path=options["file"],
                mapping=told,
                time_zone=tenant.time_zone,
                errors_path=options["errors"],
                at=timezone.now(),
                progress=bar.tell,
            )
            if taken.fact is not None:
                bar.tell("Working out figures", taken.run.rows_read, 1.0)
                _settle(taken.fact)
        bar.end()
        self._report(taken)
        return {
            "import": str(taken.run.pk),
            "tenant": tenant.slug,
            "file": str(options["file"]),
            "rows": taken.run.rows_read,
            "rejected": taken.rejected,
            "errors": str(taken.errors_path) if taken.errors_path else None,
            "orders": {
                "new": taken.new,
                "changed": taken.changed,
                "unchanged": taken.unchanged,
                "deleted": taken.deleted,
            },
            "is_changed": taken.fact is not None,
            "totals": taken.totals,
        }

    def _report(self, taken: imports.Taken) -> None:
        self.say(
            f"{taken.run.rows_read:,} rows: {taken.new:,} orders are new, {taken.changed:,} changed, "
            f"{taken.unchanged:,} were here already."
        )
        if taken.fact is None:
            self.say("Nothing has changed.")
        if taken.deleted:
            self.say(f"{taken.deleted:,} orders were deleted here before, and stay so.")
        if taken.errors_path:
            self.say(
                f"{taken.rejected:,} rows were rejected: see {taken.errors_path}. "
                "Mend them in the file and import it again; what is in already is left alone."
            )
        for name, value in taken.totals.items():
            if not isinstance(value, list):
                self.say(
                    f"  {name.replace('_', ' '):<32}{value:>16,}"
                    if isinstance(value, int)
                    else f"  {name.replace('_', ' '):<32}{value:>16}"
                )
        for each in taken.totals["months"]:
            self.say(f"  {each['month']:<20}{each['amount']:>16}{each['invoices']:>8,} invoices")


def _settle(fact: Fact) -> None:
    """See the figures done: here, or by a worker that was faster. Raises FiguresAreLate."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not facts.is_settled(fact):
        facts.work(at=timezone.now())
        if facts.is_settled(fact):
            return
        if time.monotonic() > deadline:
            raise FiguresAreLate(
                "The orders are in, but their figures are not worked out yet: is a worker stuck?"
            )
        time.sleep(LOOK_EVERY_SECONDS)
