"""The life of one run of a file: begun, heard of every few seconds, and done or failed.

The row is kept up to date on a connection of its own, so that pages can say that an import runs while its
transaction is still open. A run whose process was killed falls silent; its transaction has left nothing.
"""

import threading
import time
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from regulars.crm_core.commerce.models import Import, ImportState
from regulars.platform import errors, tenancy

PULSE_SECONDS = 2.0
SILENT_AFTER = timedelta(seconds=60)
MAX_ERROR_CHARACTERS = 2_000
SEEN = "seen_at"  # in ``totals`` while the run lasts
STOPPED = "It stopped half-way; nothing of it was kept."


class AlreadyRunning(errors.Refused):
    code = "import_already_running"


def running(*, at: datetime) -> Import | None:
    """The import that is at work in the open tenant, with the rows read so far; None when none is."""
    for run in Import.objects.filter(state=ImportState.RUNNING).order_by("-started_at"):
        if at - _seen_at(run) <= SILENT_AFTER:
            return run
    return None


@tenancy.atomic
def begin(*, file_name: str, file_sha256: str, mapping: str, at: datetime) -> Import:
    """A new run. Runs that fell silent are marked as failed. Raises AlreadyRunning beside a live one."""
    tenancy.lock("imports")
    busy = running(at=at)
    if busy is not None:
        raise AlreadyRunning(f"{busy.file_name} is being imported; try again when that is done.")
    Import.objects.filter(state=ImportState.RUNNING).update(
        state=ImportState.FAILED, error=STOPPED, finished_at=at
    )
    return Import.objects.create(
        file_name=file_name[:255],
        file_sha256=file_sha256,
        mapping=mapping,
        totals={SEEN: at.isoformat()},
        started_at=at,
    )


def finish(run: Import, *, totals: dict[str, Any], at: datetime) -> None:
    """Part of the import's own transaction: rows and the word "done" come together."""
    run.state, run.totals, run.finished_at = ImportState.DONE, totals, at
    run.save(update_fields=["state", "totals", "finished_at", "rows_read", "rows_rejected", "rows_expected"])


def fail(run: Import, *, error: str, at: datetime) -> None:
    """After the import's transaction was rolled back."""
    run.state, run.error, run.finished_at = ImportState.FAILED, error[:MAX_ERROR_CHARACTERS], at
    run.save(update_fields=["state", "error", "finished_at", "rows_read", "rows_rejected", "rows_expected"])


class Pulse:
    """Tells the run's row every PULSE_SECONDS how far it is, from a thread and connection of its own."""

    def __init__(self, run: Import, *, at: datetime) -> None:
        self.run, self.begun_at = run, at
        self._begun = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._beat, args=(tenancy.current(), run.pk), name="import-pulse", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Before the run's row is written by anybody else."""
        self._stop.set()
        self._thread.join()

    def now(self) -> datetime:
        """The time, counted on from when the run began."""
        return self.begun_at + timedelta(seconds=time.monotonic() - self._begun)

    def _beat(self, tenant: str, run: UUID) -> None:
        while not self._stop.wait(PULSE_SECONDS):
            try:
                with tenancy.apart(tenant):
                    Import.objects.filter(pk=run, state=ImportState.RUNNING).update(
                        rows_read=self.run.rows_read,
                        rows_rejected=self.run.rows_rejected,
                        rows_expected=self.run.rows_expected,
                        totals={SEEN: self.now().isoformat()},
                    )
            except tenancy.Unavailable:
                continue  # the import itself will hear of it


def _seen_at(run: Import) -> datetime:
    return datetime.fromisoformat(run.totals[SEEN]) if SEEN in run.totals else run.started_at
