"""A list as a CSV file: streamed page by page, each inside the tenant, fit for a spreadsheet.

UTF-8 with a mark, because Excel reads anything else as its own code page. A cell that a spreadsheet would
run as a formula gets an apostrophe in front (https://owasp.org/www-community/attacks/CSV_Injection).
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from django.http import StreamingHttpResponse

from regulars.platform import tenancy
from regulars.platform.pagination import Page
from regulars.platform.sheets import cells

ROWS_AT_A_TIME = 500

Row = TypeVar("Row")


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def answer(
    *,
    tenant: str,
    file_name: str,
    head: Sequence[str],
    pages: "Callable[[str | None], Page[Row]]",
    rows: Callable[[list[Row]], Iterable[Sequence[Any]]],
) -> StreamingHttpResponse:
    """The file: ``pages`` reads on from a cursor, ``rows`` turns what it found into cells."""
    return StreamingHttpResponse(
        _lines(tenant, head, pages, rows),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{file_name}"',
            "Cache-Control": "no-store",
        },
    )


def _lines(
    tenant: str,
    head: Sequence[str],
    pages: "Callable[[str | None], Page[Row]]",
    rows: Callable[[list[Row]], Iterable[Sequence[Any]]],
) -> Iterator[str]:
    writer: Any = csv.writer(_Echo())
    yield cells.MARK + writer.writerow(head)
    cursor: str | None = None
    while True:
        # The view and its middlewares are long done: each page enters the tenant and leaves it again.
        with tenancy.opened(tenant):
            page = pages(cursor)
            lines = [writer.writerow([cells.harmless(value) for value in row]) for row in rows(page.rows)]
        yield "".join(lines)
        cursor = page.next
        if cursor is None:
            return
