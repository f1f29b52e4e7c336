"""Outgoing HTTP: the only module that knows an HTTP client.

Every call has a deadline and a size limit, follows no redirect, sends no cookies, uses no proxy of the
environment, and goes only to addresses that ``addresses`` lets through; each attempt is checked anew.
"""

import json as jsons
import ssl
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar

import httpcore
import httpx
from django.conf import settings
from django.utils.translation import gettext as _

from regulars.platform import addresses, errors
from regulars.platform.addresses import AddressRefused as AddressRefused
from regulars.platform.guard import Guard

TOTAL_SECONDS = 10.0
MAX_ANSWER_BYTES = 2 * 1024 * 1024
PIECE_BYTES = 64 * 1024
PAUSE_SECONDS = 0.5  # before the second attempt; doubles
TRY_AGAIN = frozenset({429, 502, 503, 504})
USER_AGENT = "Regulars/1"


class CallFailed(errors.Refused):
    """No usable answer came back. The message names the host, never the whole address or a header."""

    status: ClassVar[int] = 502
    code = "call_failed"


class Unreachable(CallFailed):
    code = "unreachable"


class TimedOut(CallFailed):
    status = 504
    code = "timed_out"


class TooLarge(CallFailed):
    code = "answer_too_large"


class Redirected(CallFailed):
    """The answer sends us elsewhere; ``location`` says where, for a person to judge."""

    code = "redirected"

    def __init__(self, message: str, *, location: str) -> None:
        super().__init__(message)
        self.location = location


class BadStatus(CallFailed):
    code = "bad_status"

    def __init__(self, message: str, *, answer: "Answer") -> None:
        super().__init__(message)
        self.answer = answer


class NotJson(CallFailed):
    code = "not_json"


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str]  # lower case
    body: bytes
    host: str

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    def require_success(self) -> "Answer":
        """Itself. Raises BadStatus unless the status is 2xx."""
        if not self.is_success:
            raise BadStatus(
                _("%(host)s answered %(status)d.") % {"host": self.host, "status": self.status}, answer=self
            )
        return self

    def json(self) -> Any:
        """The body's JSON, numbers as int or Decimal. Raises NotJson."""
        try:
            return exact_json(self.body)
        except ValueError:
            raise NotJson(_("%(host)s did not answer with JSON.") % {"host": self.host}) from None


def exact_json(body: bytes) -> Any:
    """JSON with decimals kept exact. Raises ValueError, also for NaN, infinity and nesting beyond reason."""
    try:
        return jsons.loads(body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("This JSON is nested too deeply.") from None


def request(
    *,
    method: str,
    url: str,
    headers: Mapping[str, str] | None = None,
    json: object = None,
    is_http_allowed: bool = False,
    attempts: int = 1,
    max_bytes: int = MAX_ANSWER_BYTES,
    total_seconds: float = TOTAL_SECONDS,
) -> Answer:
    """One answer, whatever its status but a redirect.

    ``attempts`` above 1 only where doing it twice is harmless: after no or a broken answer, and after
    429, 502, 503 and 504. ``is_http_allowed`` lets plain http on port 80 through.
    Raises AddressRefused (nothing was sent), Unreachable, TimedOut, TooLarge or Redirected.
    """
    for attempt in range(1, attempts + 1):
        try:
            with _sent(method, url, headers or {}, json, is_http_allowed, total_seconds) as response:
                answer = Answer(
                    status=response.status_code,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    body=b"".join(_pieces(response, max_bytes)),
                    host=response.request.url.host,
                )
        except (Unreachable, TimedOut):
            if attempt == attempts:
                raise
        else:
            if answer.status not in TRY_AGAIN or attempt == attempts:
                return answer
        time.sleep(PAUSE_SECONDS * 2 ** (attempt - 1))
    raise ValueError("At least one attempt is needed.")


@contextmanager
def streamed(
    *, url: str, headers: Mapping[str, str] | None = None, max_bytes: int, total_seconds: float
) -> Iterator[Iterator[bytes]]:
    """The pieces of a large download, under limits of the caller's own.

    Raises as ``request`` does, TooLarge and TimedOut also between two pieces, and BadStatus.
    """
    with _sent("GET", url, headers or {}, None, False, total_seconds) as response:
        if not response.is_success:
            answer = Answer(status=response.status_code, headers={}, body=b"", host=response.request.url.host)
            answer.require_success()
        yield _pieces(response, max_bytes)


@contextmanager
def _sent(
    method: str,
    url: str,
    headers: Mapping[str, str],
    json: object,
    is_http_allowed: bool,
    total_seconds: float,
) -> Iterator[httpx.Response]:
    host, port = addresses.target(
        url=url, is_http_allowed=is_http_allowed, allowed_private=settings.HTTP_ALLOWED_PRIVATE
    )
    guard = Guard(
        deadline=time.monotonic() + total_seconds, port=port, allowed_private=settings.HTTP_ALLOWED_PRIVATE
    )
    sent = {"User-Agent": USER_AGENT, "Accept-Encoding": "gzip", **headers}
    try:
        with (
            httpx.Client(transport=_Transport(guard), headers=sent, trust_env=False) as client,
            client.stream(method, url, json=json, timeout=None) as response,
        ):
            if response.is_redirect:
                location = response.headers.get("location", "")
                said = _("%(host)s sends us elsewhere; we do not follow.") % {"host": host}
                raise Redirected(said, location=location)
            yield response
    except httpcore.TimeoutException:
        raise TimedOut(_("%(host)s did not answer in time.") % {"host": host}) from None
    except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError) as problem:
        said = _("%(host)s cannot be reached: %(reason)s.")
        raise Unreachable(said % {"host": f"{host}:{port}", "reason": type(problem).__name__}) from problem
    except httpx.InvalidURL:
        raise AddressRefused(_("This is not an address that we can call.")) from None


def _pieces(response: httpx.Response, max_bytes: int) -> Iterator[bytes]:
    """The body unpacked, never more than the limit in memory: a few KB of gzip can hold a gigabyte."""
    host = response.request.url.host
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip", ""):
        raise Unreachable(_("%(host)s answers in a coding that was not asked for.") % {"host": host})
    unpacker = zlib.decompressobj(wbits=31) if coding == "gzip" else None
    left = max_bytes
    for packed in response.iter_raw(PIECE_BYTES):
        waiting = packed
        while waiting:
            if unpacker is None:
                piece, waiting = waiting, b""
            else:
                try:
                    piece = unpacker.decompress(waiting, PIECE_BYTES)
                except zlib.error:
                    raise Unreachable(_("%(host)s sent broken gzip.") % {"host": host}) from None
                waiting = unpacker.unconsumed_tail
            left -= len(piece)
            if left < 0:
                raise TooLarge(
                    _("%(host)s sent more than %(most)d bytes.") % {"host": host, "most": max_bytes}
                )
            yield piece


class _Transport(httpx.BaseTransport):
    """httpx over a connection of our own making; one call, one connection."""

    def __init__(self, guard: Guard) -> None:
        self.pool = httpcore.ConnectionPool(ssl_context=_trusted(), network_backend=guard, max_connections=1)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        target = request.url
        response = self.pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path
                ),
                headers=request.headers.raw,
                content=request.stream,
            )
        )
        return httpx.Response(
            response.status, headers=response.headers, stream=_Body(response), extensions=response.extensions
        )

    def close(self) -> None:
        self.pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self.response = response

    def __iter__(self) -> Iterator[bytes]:
        yield from self.response.iter_stream()

    def close(self) -> None:
        self.response.close()


@cache
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


def _no_number(word: str) -> Decimal:
    raise ValueError(f"{word} is not JSON.")
