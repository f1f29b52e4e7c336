"""What the lists share: links that change one part of the address, heads that sort, and cursors in links."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse

from regulars.platform.pagination import Page

ROWS_PER_PAGE = 25
MAX_WORDS_LETTERS = 200
ANY_ID = UUID(int=0)


@dataclass(frozen=True)
class Head:
    """A column's head: where it leads and how it is sorted now ("ascending", "descending" or "")."""

    href: str
    sort: str


def link(request: HttpRequest, **changes: str | None) -> str:
    """This list's address with some parameters changed; None and "" take a parameter away."""
    query = request.GET.copy()
    for name, value in changes.items():
        if value:
            query[name] = value
        else:
            query.pop(name, None)
    return f"{request.path}?{query.urlencode()}" if query else request.path


def addresses(view: str) -> Callable[[UUID], str]:
    """The addresses of a view that takes one id, for all rows of a list: looked up once, not row by row."""
    before, after = reverse(view, args=[ANY_ID]).split(str(ANY_ID))
    return lambda key: f"{before}{key}{after}"


def heads(request: HttpRequest, *, sorts: dict[str, str], current: str, first: str) -> dict[str, Head]:
    """Heads for the sorts (name -> its direction); ``first`` is the one the list has by itself."""
    return {
        name: Head(
            href=link(request, sort=None if name == first else name, cursor=None),
            sort=direction if name == current else "",
        )
        for name, direction in sorts.items()
    }


def pager(request: HttpRequest, page: Page[Any]) -> dict[str, str]:
    """The addresses of the pages around this one, for ``<c-pager>``; "" at an end."""
    return {
        "previous": link(request, cursor=page.previous) if page.previous else "",
        "next": link(request, cursor=page.next) if page.next else "",
    }


def words(request: HttpRequest) -> str:
    return " ".join(request.GET.get("words", "").replace("\0", "").split())[:MAX_WORDS_LETTERS]
