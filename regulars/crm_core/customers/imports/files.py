"""Taking a file of customers: whole, or not at all; the same file again changes nothing.

Records are read and judged one by one, and written some hundred at once in one transaction. Who is meant is
decided by ``linking``, as for every shop: the file is a profile, which fills and replaces what a shop said,
never what staff wrote.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

from regulars.crm_core.customers import sources
from regulars.crm_core.customers.imports.rows import COLUMNS, Rejected, Row, Rows
from regulars.crm_core.customers.imports.writing import Batch
from regulars.platform import errors, ids, tenancy
from regulars.platform.facts import facts
from regulars.platform.facts.models import Fact
from regulars.platform.sheets.reading import Reading, Unreadable
from regulars.platform.sheets.rejects import Rejects

ROWS_AT_ONCE = 500
ERRORS_SUFFIX = ".errors.csv"
UNHURRIED = "SET LOCAL statement_timeout = '30min'"
# Shops and files that customers' ids are known from.
SOURCES = """
SELECT DISTINCT split_part(value, ':', 1) FROM customers_link
WHERE kind = 'shop' AND undone_at IS NULL LIMIT 2
"""

Progress = Callable[[str, int, float], None]  # what is being done, rows read, fraction of the file


class NothingUsable(errors.Invalid):
    code = "nothing_usable"


class UnknownSource(errors.Invalid):
    """Customers' ids mean nothing without the shop or file that gave them."""

    code = "unknown_source"


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What came of a file. ``errors_path`` is None when all was taken, ``fact`` when nothing changed."""

    rows: int
    new: int
    changed: int
    unchanged: int
    rejected: int
    errors_path: Path | None
    fact: Fact | None


@dataclass(frozen=True)
class Shape:
    """Our own columns under their own names; which of them a file has is for the file to say."""

    encoding: str = "utf-8"
    delimiter: str = ","
    columns: Mapping[str, str] = field(default_factory=dict)


@tenancy.atomic
def take(
    *,
    path: Path,
    time_zone: str,
    at: datetime,
    source: str = "",
    errors_path: Path | None = None,
    progress: Progress = lambda _step, _rows, _fraction: None,
) -> Taken:
    """The customers of a file into the open tenant. Records customers.imported when something changed.

    ``source`` names the file or shop that the ids in ``external_id`` are from (the ``source`` of an orders'
    mapping); blank: the only one there is. Rejected rows go to ``errors_path`` (``<FILE>.errors.csv``).
    Raises, with nothing taken: Unreadable, UnknownSource, NothingUsable when every row was rejected.
    """
    wanted = errors_path or path.with_name(path.name + ERRORS_SUFFIX)
    if wanted.resolve() == path.resolve():
        raise Unreadable("Rejected rows cannot go into the very file that is read.")
    tenancy.execute(UNHURRIED)
    tenancy.lock("import_customers")
    reading = Reading(path, mapping=Shape())
    rejects = Rejects(wanted, header=reading.header)
    try:
        places = _places(reading.header)
        connection = _connection(source) if "external_id" in places else None
        rows = Rows(places, columns_count=len(reading.header), zone=time_zone, at=at)
        counted: Counter[str] = Counter()
        for some in _batches(reading, rows, rejects, counted, progress):
            batch = Batch(some, connection=connection, at=at)
            counted.update(batch.write())
    finally:
        reading.close()
        rejects.close()
    return _taken(counted, rejects, at=at)


def _taken(counted: Counter[str], rejects: Rejects, *, at: datetime) -> Taken:
    if rejects.count and rejects.count == counted["rows"]:
        raise NothingUsable(f"Every row was rejected; see {rejects.path} for the reasons.")
    fact = None
    if counted["new"] or counted["changed"]:
        after = {"new": counted["new"], "changed": counted["changed"]}
        fact = facts.record("customers.imported", subject_id=ids.new(), at=at, origin="import", after=after)
    return Taken(
        rows=counted["rows"],
        new=counted["new"],
        changed=counted["changed"],
        unchanged=counted["unchanged"],
        rejected=rejects.count,
        errors_path=rejects.path if rejects.count else None,
        fact=fact,
    )


def _places(header: list[str]) -> dict[str, int]:
    places = {name.strip().lower(): place for place, name in enumerate(header)}
    found = {name: places[name] for name in COLUMNS if name in places}
    if not {"email", "external_id"} & found.keys():
        raise Unreadable(
            f"The file has neither a column email nor external_id. The columns are: {', '.join(COLUMNS)}."
        )
    return found


def _connection(source: str) -> UUID:
    if source:
        return sources.connection_of(source)
    known = [UUID(row[0]) for row in tenancy.rows(SOURCES)]
    if len(known) == 1:
        return known[0]
    raise UnknownSource(
        "Say with --source whose ids stand in external_id: the source of the mapping that orders came by."
    )


def _batches(
    reading: Reading, rows: Rows, rejects: Rejects, counted: Counter[str], progress: Progress
) -> Iterator[list[Row]]:
    some: list[Row] = []
    for line, cells in reading:
        counted["rows"] += 1
        try:
            some.append(rows.row(cells))
        except Rejected as reason:
            rejects.add(line=line, reason=str(reason), cells=cells)
        if len(some) == ROWS_AT_ONCE:
            yield some
            progress("Reading", counted["rows"], reading.fraction)
            some = []
    if some:
        yield some
