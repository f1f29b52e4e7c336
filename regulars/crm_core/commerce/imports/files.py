"""Taking a file of orders: whole, or not at all.

Lines are read and judged one by one and streamed into the database; there they become contacts, products,
orders, lines and the ledger, in one transaction. So a run that dies leaves nothing, and a file that is
given again changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from regulars.crm_core.commerce import rates
from regulars.crm_core.commerce.imports import reading, runs, storing, totals
from regulars.crm_core.commerce.imports.mapping import Mapping
from regulars.crm_core.commerce.imports.reading import Reading
from regulars.crm_core.commerce.imports.rejects import Rejects
from regulars.crm_core.commerce.imports.rows import Rejected, Rows
from regulars.crm_core.commerce.models import Import
from regulars.platform import errors, tenancy
from regulars.platform.facts import facts
from regulars.platform.facts.models import Fact

ERRORS_SUFFIX = ".errors.csv"
TELL_EVERY_ROWS = 5_000

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
    run = runs.begin(file_name=path.name, file_sha256=reading.digest(path), mapping=mapping.source, at=at)
    try:
        with runs.Pulse(run, at=at) as pulse:
            return _take(path, mapping, time_zone, run, pulse, errors_path, progress)
    except BaseException as problem:
        runs.fail(run, error=str(problem) or type(problem).__name__, at=pulse.now())
        raise


def _take(
    path: Path,
    mapping: Mapping,
    time_zone: str,
    run: Import,
    pulse: runs.Pulse,
    errors_path: Path | None,
    progress: Progress,
) -> Taken:
    at, base = pulse.begun_at, rates.base()
    with tenancy.atomic():
        storing.prepare(mapping.connection_id)
        rejects = _stage(
            path,
            mapping,
            errors_path or path.with_name(path.name + ERRORS_SUFFIX),
            time_zone=time_zone,
            run=run,
            progress=progress,
        )
        outcomes = storing.store(
            connection_id=mapping.connection_id,
            run=run.pk,
            base=base,
            at=at,
            progress=lambda step: progress(step, run.rows_read, 1.0),
        )
        added = totals.of(
            connection_id=mapping.connection_id,
            currency=mapping.currency or base,
            zone=mapping.time_zone or time_zone,
        )
        fact = _note(run.pk, outcomes, at=at)
        pulse.stop()
        runs.finish(run, totals=added, at=pulse.now())
    return Taken(
        run=run,
        new=outcomes.get("new", 0),
        changed=outcomes.get("changed", 0),
        unchanged=outcomes.get("unchanged", 0),
        deleted=outcomes.get("deleted", 0),
        rejected=rejects.count,
        errors_path=rejects.path if rejects.count else None,
        totals=added,
        fact=fact,
    )


def _stage(
    path: Path, mapping: Mapping, errors_path: Path, *, time_zone: str, run: Import, progress: Progress
) -> Rejects:
    """Every record into the staging table, or into the file of rejects."""
    source = Reading(path, mapping=mapping)
    rejects = Rejects(errors_path, header=source.header)
    first_reason = ""
    try:
        rows = Rows(
            mapping=mapping,
            places=source.places(),
            columns_count=len(source.header),
            time_zone=time_zone,
            currency=rates.base(),
        )
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
                    run.rows_expected = round(run.rows_read / max(source.fraction, 0.001))
                    progress("Reading", run.rows_read, source.fraction)
    finally:
        source.close()
        rejects.close()
    run.rows_rejected, run.rows_expected = rejects.count, run.rows_read
    if rejects.count and rejects.count == run.rows_read:
        raise NothingUsable(f"Every row was rejected, the first one in {first_reason}.")
    return rejects


def _note(run: UUID, outcomes: dict[str, int], *, at: datetime) -> Fact | None:
    if not (outcomes.get("new") or outcomes.get("changed")):
        return None
    after = {"new": outcomes.get("new", 0), "changed": outcomes.get("changed", 0)}
    return facts.record("orders.imported", subject_id=run, at=at, origin="import", after=after)
