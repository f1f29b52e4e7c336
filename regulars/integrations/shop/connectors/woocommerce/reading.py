"""Reading a shop's rows: one, all of them, or those that changed.

Orders and products are read in the order of a date, and each page asks for what lies after the last row of
the one before, less a second: pages by number would skip rows when others are deleted meanwhile. A filter by
date is strict and knows whole seconds only, takes the site's local time unless ``dates_are_gmt`` is sent,
and finds nothing when a time ends in Z (all measured); so times go out naive, in UTC, one second early.
Customers cannot be filtered by date, the filter is ignored (measured): all are read, ours is the sieve.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from regulars.crm_core.commerce.canonical import Gone
from regulars.integrations.shop.connector import Door, Kind, Page, Payload, Position, ShopFailed, Unreadable
from regulars.integrations.shop.connectors.woocommerce import api, values

PATHS = {Kind.ORDER: "orders", Kind.CUSTOMER: "customers", Kind.PRODUCT: "products"}
PER_PAGE = 100  # 101 is refused (measured)
ONE_SECOND = timedelta(seconds=1)
LOOK_BACK = timedelta(minutes=10)  # clocks differ, and a row is saved a while after it is stamped
# With role=all come the shop's own people; without it everybody whose role a plugin renamed is missing.
STAFF_ROLES = frozenset({"administrator", "shop_manager", "editor", "author", "contributor"})


def fetch(*, door: Door, kind: Kind, external_id: str) -> Payload | Gone:
    """A row as it stands; an order's refunds with their dates. Raises as ``api.ask`` does."""
    answer = api.get(door=door, path=f"{PATHS[kind]}/{values.row_id(external_id)}")
    if api.is_missing(answer):
        return Gone(kind=kind, external_id=external_id)
    row = api.said(answer)
    if not isinstance(row, dict):
        raise ShopFailed(_("The shop answered with something that is no row."))
    return _with_refund_dates(door, row) if kind is Kind.ORDER else row


def page(*, door: Door, kind: Kind, position: Position | None, changed_after: datetime | None = None) -> Page:
    """The next rows after ``position``. Raises as ``api.ask`` does."""
    if position is None:
        since = "" if changed_after is None else _sent(changed_after - LOOK_BACK)
        position = {"by": "modified" if since else "date", "after": since, "page": 1}
        if kind is Kind.CUSTOMER:
            position = {"since": since, "offset": 0, "last_id": 0}
    return _customers(door, position) if kind is Kind.CUSTOMER else _dated(door, kind, position)


def _dated(door: Door, kind: Kind, position: Position) -> Page:
    by, after, number = str(position["by"]), str(position["after"]), int(position["page"])
    params = {
        "orderby": by,
        "order": "asc",
        "per_page": str(PER_PAGE),
        "page": str(number),
        "status": "any",
        "dates_are_gmt": "true",
    }
    if after:
        params["after" if by == "date" else "modified_after"] = after
    rows, expected = _listed(door, PATHS[kind], params)
    following: Position | None = None
    if len(rows) >= PER_PAGE:
        last = _moment_of(rows[-1], "date_created_gmt" if by == "date" else "date_modified_gmt")
        further = _sent(last - ONE_SECOND)
        # A hundred rows within one second: nothing but the page's number gets us past them.
        following = {"by": by, "after": after, "page": number + 1}
        if further > after:
            following = {"by": by, "after": further, "page": 1}
    told = [_with_refund_dates(door, row) if kind is Kind.ORDER else row for row in rows]
    # After the first page the shop counts only what is left.
    return Page(rows=tuple(told), position=following, expected_count=None if after else expected)


def _customers(door: Door, position: Position) -> Page:
    offset, last_id = int(position["offset"]), int(position["last_id"])
    params = {
        "orderby": "id",
        "order": "asc",
        "per_page": str(PER_PAGE),
        # One row of the page before is read again: if it moved, somebody before it was deleted.
        "offset": str(max(0, offset - 1)),
        "role": "all",
    }
    rows, expected = _listed(door, PATHS[Kind.CUSTOMER], params)
    ids = [int(values.row_id(row.get("id"))) for row in rows]
    if last_id and offset > 0 and last_id not in ids and (not ids or ids[0] > last_id):
        back = {"since": position["since"], "offset": max(0, offset - PER_PAGE), "last_id": last_id}
        return Page(rows=(), position=back, expected_count=expected)
    following: Position | None = None
    if len(rows) >= PER_PAGE:
        following = {
            "since": position["since"],
            "offset": max(0, offset - 1) + len(rows),
            "last_id": ids[-1],
        }
    since = str(position["since"])
    kept = [row for row in rows if _is_customer(row) and (not since or _is_newer(row, since))]
    return Page(rows=tuple(kept), position=following, expected_count=expected)


def _is_customer(row: Payload) -> bool:
    return row.get("role") not in STAFF_ROLES or bool(row.get("is_paying_customer"))


def _is_newer(row: Payload, since: str) -> bool:
    changed_at = values.moment(row, "date_modified_gmt")
    return changed_at is None or _sent(changed_at) > since


def _with_refund_dates(door: Door, row: dict[str, Any]) -> Payload:
    """On an order a refund has no date; its own list has. Month reports stand or fall with it."""
    on_order = row.get("refunds")
    if not isinstance(on_order, list) or not on_order:
        return row
    path = f"orders/{values.row_id(row.get('id'))}/refunds"
    listed, _ = _listed(door, path, {"per_page": str(PER_PAGE)})
    dates = {str(refund.get("id")): refund.get("date_created_gmt") for refund in listed}
    dated = [
        {**refund, "date_created_gmt": dates.get(str(refund.get("id")))}
        for refund in on_order
        if isinstance(refund, dict)
    ]
    return {**row, "refunds": dated}


def _listed(door: Door, path: str, params: Mapping[str, str]) -> tuple[list[dict[str, Any]], int | None]:
    answer = api.get(door=door, path=path, params=params)
    if api.is_missing(answer):
        return [], 0
    rows = api.said(answer)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ShopFailed(_("The shop answered with something that is no list of rows."))
    total = answer.headers.get("x-wp-total", "")
    return rows, int(total) if total.isascii() and total.isdigit() else None


def _moment_of(row: Payload, name: str) -> datetime:
    try:
        found = values.moment(row, name)
    except Unreadable as problem:
        raise ShopFailed(str(problem)) from None
    if found is None:
        raise ShopFailed(_("A row without %(name)s: we cannot tell how far we have read.") % {"name": name})
    return found


def _sent(moment: datetime) -> str:
    return moment.replace(tzinfo=None, microsecond=0).isoformat()
