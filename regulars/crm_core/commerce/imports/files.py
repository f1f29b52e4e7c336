"""Taking a file of orders: whole, or not at all.

Lines are read and judged one by one and streamed into the database; there they become contacts, products,
orders, lines and the ledger, in one transaction. So a run that dies leaves nothing, and a file that is
given again changes nothing.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from regulars.crm_core.commerce import rates
from regulars.crm_core.commerce.imports import runs, storing, totals
from regulars.crm_core.commerce.imports.mapping import Mapping
from regulars.crm_core.commerce.imports.rows import Rejected, Rows
from regulars.crm_core.commerce.models import Import
from regulars.platform import errors, tenancy
from regulars.platform.facts import facts
from regulars.platform.facts.models import Fact
from regulars.platform.sheets import reading
from regulars.platform.sheets.reading import Reading, Unreadable
from regulars.platform.sheets.rejects import Rejects

ERRORS_SUFFIX = ".errors.csv"
TELL_EVERY_ROWS = 5_000
SMALLEST_FRACTION = 0.001

Progress = Callable[[str, int, float], None]  # what is being done, rows read, fraction of the file


class NothingUsable(errors.Invalid):
    code = "nothing_usable"


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What came of a file. ``fact`` is None when nothing changed, ``errors_path`` when all was taken."""

    run: Import
    new: int
    changed: int
    unchanged: int
    deleted: int  # known as deleted, and left so
    rejected: int
    errors_path: Path | None
    totals: dict[str, Any]
    fact: Fact | None


def take(
    *,
    path: Path,
    mapping: Mapping,
    time_zone: str,
    at: datetime,
    errors_path: Path | None = None,
    progress: Progress = lambda _step, _rows, _fraction: None,
) -> Taken:
    """The orders of a file into the open tenant; ``time_zone`` is the tenant's. Records orders.imported.

    Rejected records go to ``errors_path`` (``<FILE>.errors.csv``). Raises, with nothing taken: Unreadable for
    a file that is doubtful as a whole, NothingUsable when every record was rejected or one order mixes
    currencies, AlreadyRunning beside another import.
    """
    wanted = errors_path or path.with_name(path.name + ERRORS_SUFFIX)
    if wanted.resolve() == path.resolve():
        raise Unreadable("Rejected rows cannot go into the very file that is read.")
    run = runs.begin(file_name=path.name, file_sha256=reading.digest(path), mapping=mapping.source, at=at)
    work = _Work(path, mapping, time_zone, wanted, run, progress)
    pulse = runs.Pulse(run, at=at)
    try:
        with pulse:
            return work.take(pulse)
    except BaseException as problem:
        with suppress(
            *tenancy.Unavailable
        ):  # what broke the import may break this; the run falls silent then
            runs.fail(run, error=str(problem) or type(problem).__name__, at=pulse.now())
        raise


@dataclass(frozen=True)
class _Work:
    """One file on its way in."""

    path: Path
    mapping: Mapping
    time_zone: str
    errors_path: Path
    run: Import
    progress: Progress

    def take(self, pulse: runs.Pulse) -> Taken:
        at, base, connection_id = pulse.begun_at, rates.base(), self.mapping.connection_id
        with tenancy.atomic():
            storing.prepare(connection_id)
            rejects = self._stage()
            outcomes = storing.store(
                connection_id=connection_id, run=self.run.pk, base=base, at=at, progress=self._tell
            )
            self._tell("Adding up")
            added = totals.of(
                connection_id=connection_id,
                currency=self.mapping.currency or base,
                zone=self.mapping.time_zone or self.time_zone,
            )
            fact = _note(self.run.pk, outcomes, at=at)
            pulse.stop()
            runs.finish(self.run, totals=added, at=pulse.now())
        return Taken(
            run=self.run,
            **{name: outcomes.get(name, 0) for name in ("new", "changed", "unchanged", "deleted")},
            rejected=rejects.count,
            errors_path=rejects.path if rejects.count else None,
            totals=added,
            fact=fact,
        )

    def _stage(self) -> Rejects:
        """Every record into the staging table, or into the file of rejects."""
        source = Reading(self.path, mapping=self.mapping)
        rejects = Rejects(self.errors_path, header=source.header)
        try:
            rows = Rows(
                mapping=self.mapping,
                places=source.places(),
                columns_count=len(source.header),
                time_zone=self.time_zone,
                currency=rates.base(),
            )
            first_reason = self._read(source, rows, rejects)
        finally:
            source.close()
            rejects.close()
        self.run.rows_rejected, self.run.rows_expected = rejects.count, self.run.rows_read
        if rejects.count and rejects.count == self.run.rows_read:
            raise NothingUsable(f"Every row was rejected, the first one in {first_reason}.")
        return rejects

    def _read(self, source: Reading, rows: Rows, rejects: Rejects) -> str:
        """Returns the place and reason of the first rejection."""
        run, first_reason = self.run, ""
        with storing.lines() as put:
            for line_no, cells in source:
                run.rows_read += 1
                try:
                    put(rows.line(line_no, cells))
                except Rejected as reason:
                    first_reason = first_reason or f"line {line_no}: {reason}"
                    rejects.add(line=line_no, reason=str(reason), cells=cells)
                if run.rows_read % TELL_EVERY_ROWS == 0:
                    run.rows_rejected = rejects.count
                    run.rows_expected = round(run.rows_read / max(source.fraction, SMALLEST_FRACTION))
                    self.progress("Reading", run.rows_read, source.fraction)
        return first_reason

    def _tell(self, step: str) -> None:
        self.progress(step, self.run.rows_read, 1.0)


def _note(run: UUID, outcomes: dict[str, int], *, at: datetime) -> Fact | None:
    if not (outcomes.get("new") or outcomes.get("changed")):
        return None
    after = {"new": outcomes.get("new", 0), "changed": outcomes.get("changed", 0)}
    return facts.record("orders.imported", subject_id=run, at=at, origin="import", after=after)
