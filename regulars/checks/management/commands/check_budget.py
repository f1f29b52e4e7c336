"""``check_budget``: what an empty tenant costs, in tables and indexes, counted in its template."""

import re
from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

MAX_TABLES = 90
MAX_INDEXES = 320
TEMPLATE = Path("regulars/tenants/template.sql")

TABLE = re.compile(r"^CREATE TABLE ", re.MULTILINE)
INDEX = re.compile(r"^CREATE (?:UNIQUE )?INDEX ", re.MULTILINE)
# A primary key, a unique or an exclusion constraint is an index too.
INDEXED_CONSTRAINT = re.compile(r"\bCONSTRAINT \S+ (?:PRIMARY KEY|UNIQUE|EXCLUDE)\b")


@dataclass(frozen=True)
class Cost:
    tables: int
    indexes: int


def cost(sql: str) -> Cost:
    """Tables and indexes that a schema written by pg_dump makes."""
    indexes = len(INDEX.findall(sql)) + len(INDEXED_CONSTRAINT.findall(sql))
    return Cost(tables=len(TABLE.findall(sql)), indexes=indexes)


class Command(BaseCommand):
    help = "Count the tables and indexes of a tenant; fails above the budget."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--file", type=Path, default=settings.ROOT / TEMPLATE, help="another template")

    def handle(self, *args: Any, **options: Any) -> None:
        found = cost(options["file"].read_text(encoding="utf-8"))
        self.stdout.write(
            f"A tenant has {found.tables} tables (at most {MAX_TABLES}) "
            f"and {found.indexes} indexes (at most {MAX_INDEXES})."
        )
        if found.tables > MAX_TABLES or found.indexes > MAX_INDEXES:
            raise CommandError("A tenant costs more than the budget: fold tables, or drop indexes.")
