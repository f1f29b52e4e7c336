"""Questions to a shop's REST API v3, and what its refusals mean."""

import base64
import secrets
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from django.utils.translation import gettext as _

from regulars.integrations.shop.connector import (
    CannotAsk,
    Door,
    KeysRefused,
    ShopFailed,
    Store,
    Unreadable,
    text,
)
from regulars.integrations.shop.connectors.woocommerce import oauth, values
from regulars.platform import http

API = "/wp-json/wc/v3/"
INDEX = "/wp-json/"
READ_ATTEMPTS = 3
TOTAL_SECONDS = 30.0  # a hundred orders take a small shop that long
MAX_PAGE_BYTES = 16 * 1024 * 1024
LONGEST_NAME = 200
NO_KEYS = (401, 403)


def get(*, door: Door, path: str, params: Mapping[str, str] | None = None) -> http.Answer:
    """A successful answer, or one that says a single row is not there. Raises as ``ask`` does."""
    return ask(door=door, method="GET", path=path, params=params)


def ask(
    *,
    door: Door,
    method: str,
    path: str,
    params: Mapping[str, str] | None = None,
    json: object = None,
) -> http.Answer:
    """Raises CannotAsk without keys, KeysRefused, and ShopFailed for every answer that makes no sense."""
    if not (door.url and door.key and door.secret):
        raise CannotAsk(_("The keys of this shop are not known."))
    url = f"{door.url.rstrip('/')}{API}{path}"
    headers: dict[str, str] = {}
    if door.url.startswith("https://"):
        token = base64.b64encode(f"{door.key}:{door.secret}".encode()).decode()
        headers["Authorization"] = f"Basic {token}"
        query = urlencode(params or {}, quote_via=quote)
    else:
        # Over plain http Basic is answered 401 (measured).
        query = oauth.signed_query(
            method=method,
            url=url,
            params=params or {},
            key=door.key,
            secret=door.secret,
            timestamp=int(time.time()),
            nonce=secrets.token_hex(16),
        )
    return _understood(_answer(method, f"{url}?{query}" if query else url, headers, json))


def check(*, door: Door) -> Store:
    """Whether the keys may manage the shop, and the shop's name, currency and time zone.

    Raises CannotAsk, KeysRefused or ShopFailed.
    """
    get(door=door, path="webhooks", params={"per_page": "1"})  # only a manager's key may see these
    spoken = said(get(door=door, path="data/currencies/current"))
    index = said(_answer("GET", f"{door.url.rstrip('/')}{INDEX}", {}, None))
    if not isinstance(spoken, dict) or not isinstance(index, dict):
        raise ShopFailed(_("This does not answer like a WooCommerce shop."))
    try:
        currency = values.currency(spoken.get("code"))
    except Unreadable as problem:
        raise ShopFailed(str(problem)) from None
    host = urlsplit(door.url).hostname or door.url
    return Store(
        name=values.title(index.get("name"), longest=LONGEST_NAME) or host,
        currency=currency,
        time_zone=text(index.get("timezone_string"), longest=LONGEST_NAME),
    )


def said(answer: http.Answer) -> Any:
    """What an answer says. Raises ShopFailed when it is not JSON: plugins and proxies answer with pages."""
    try:
        return answer.json()
    except http.NotJson as problem:
        raise ShopFailed(str(problem)) from None


def is_missing(answer: http.Answer) -> bool:
    """Whether WooCommerce itself says that this row does not exist.

    A page that is not there says 404, too, as does a shop whose plugin was switched off: those are faults.
    """
    return answer.status == 404 and _code(answer).endswith("invalid_id")


def _answer(method: str, url: str, headers: Mapping[str, str], json: object) -> http.Answer:
    try:
        return http.request(
            method=method,
            url=url,
            headers=headers,
            json=json,
            is_http_allowed=url.startswith("http://"),
            attempts=READ_ATTEMPTS if method == "GET" else 1,
            max_bytes=MAX_PAGE_BYTES,
            total_seconds=TOTAL_SECONDS,
        )
    except http.Redirected as problem:
        host = urlsplit(problem.location).hostname or _("another address")
        words = _("The shop sends us on to %(host)s: connect it by that address.") % {"host": host}
        raise ShopFailed(words) from None
    except http.CallFailed as problem:
        raise ShopFailed(str(problem)) from None


def _understood(answer: http.Answer) -> http.Answer:
    if answer.is_success or is_missing(answer):
        return answer
    code = _code(answer)
    if answer.status in NO_KEYS:
        raise KeysRefused(
            _("The shop does not accept the keys for this (%(code)s).") % {"code": code or answer.status}
        )
    if answer.status == 404:
        raise ShopFailed(
            _("%(host)s has no WooCommerce API at this address; are permalinks other than plain?")
            % {"host": answer.host}
        )
    raise ShopFailed(
        _("%(host)s answered %(status)d (%(code)s).")
        % {"host": answer.host, "status": answer.status, "code": code or _("no code")}
    )


def _code(answer: http.Answer) -> str:
    try:
        body = said(answer)
    except ShopFailed:
        return ""
    return text(body.get("code"), longest=80) if isinstance(body, dict) else ""
