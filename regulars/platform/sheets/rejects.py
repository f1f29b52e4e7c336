"""The file of rejected records: line, reason, and the record as it came, safe to open in a spreadsheet."""

import csv
import re
from pathlib import Path
from typing import TextIO

from regulars.platform.sheets.reading import MAX_COLUMNS, Unreadable

# A spreadsheet takes a cell that begins with one of these for a formula (OWASP, "CSV Injection").
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
A_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


class Rejects:
    """Made with the first rejection: a clean file leaves none behind."""

    def __init__(self, path: Path, *, header: list[str]) -> None:
        self.path, self.header = path, header
        self.count = 0
        self._file: TextIO | None = None

    def add(self, *, line: int, reason: str, cells: list[str]) -> None:
        """Raises Unreadable when the file cannot be written."""
        try:
            if self._file is None:
                self._file = self.path.open("w", encoding="utf-8", newline="")
                self._rows = csv.writer(self._file)
                self._rows.writerow(["line", "reason", *map(quoted, self.header)])
            self._rows.writerow([line, reason, *map(quoted, cells[:MAX_COLUMNS])])
        except OSError as problem:
            raise Unreadable(f"Rejected rows cannot be written to {self.path}: {problem.strerror}.") from None
        self.count += 1

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def quoted(cell: str) -> str:
    """The cell as text: what would run as a formula gets an apostrophe before it. Plain numbers stay."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) and not A_NUMBER.fullmatch(cell) else cell
