"""``make_template``: write template.sql anew after a tenant migration was added."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from regulars.platform.operators import OperatorCommand
from regulars.tenants import migrating, template


class Command(OperatorCommand):
    help = "Migrate an empty schema and dump it as the template of new tenants. As the owner, with pg_dump."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--pg-dump", type=Path, required=True, help="path of pg_dump, version 18")

    def work(self, **options: Any) -> dict[str, Any]:
        path = template.make(pg_dump=options["pg_dump"])
        self.say(f"Wrote {path}")
        return {"template": str(path), "fingerprint": migrating.fingerprint()}
