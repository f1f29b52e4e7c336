"""What we need of a shop: the port every adapter fills. It grows only when a use case needs more.

An adapter knows neither our rows nor another adapter: what it has to know of a connection comes in as a
``Door``, what it says of the shop goes out as ``Change``, ``Page`` and the canonical classes of commerce.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from regulars.crm_core.commerce.canonical import Gone, TakenCustomer, TakenOrder, TakenProduct
from regulars.platform import errors

Payload = Mapping[str, Any]  # one row in the shop's own words; numbers are int or Decimal, never float
Position = Mapping[str, Any]  # how far a kind has been read: JSON values that only the adapter understands
FIRST_YEAR, LAST_YEAR = 1970, 2200  # a row of any other year is a mistake of whoever wrote it
Taken = TakenOrder | TakenCustomer | TakenProduct | Gone


class NotGenuine(errors.Refused):
    """The delivery was not signed with one of this connection's secrets."""

    status = 401
    code = "not_genuine"


class Unreadable(errors.Refused):
    """The delivery is genuine, but not something we can read. ``problems`` says what, one line each."""

    status: ClassVar[int] = 400
    code = "unreadable"

    def __init__(self, message: str, *, problems: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems or (message,)


class CannotAsk(errors.Refused):
    """The shop cannot be asked: no keys were given, or this kind of shop has nothing to ask."""

    code = "cannot_ask"


class KeysRefused(errors.Refused):
    """The shop does not accept our keys, or not for this."""

    code = "keys_refused"


class ShopFailed(errors.Refused):
    """No usable answer: unreachable, out of order, or not the kind of shop it was said to be."""

    status = 502
    code = "shop_failed"


class Kind(StrEnum):
    ORDER = "order"
    CUSTOMER = "customer"
    PRODUCT = "product"


class Op(StrEnum):
    CHANGED = "changed"  # made, edited, trashed or restored: the payload says which
    DELETED = "deleted"  # this row is no more
    GONE_SOMEWHERE = "gone_somewhere"  # some row of this kind is no more, nobody says which: reconcile


@dataclass(frozen=True, kw_only=True)
class Door:
    """One connection, as an adapter needs it. Every field may be empty: a shop without keys only pushes."""

    url: str = ""  # the shop's own address, without a slash at the end
    currency: str = ""  # the shop's, for rows that do not name one
    key: str = ""
    secret: str = ""  # belongs to ``key``
    signing_secrets: tuple[str, ...] = ()  # a delivery may be signed with any of them


@dataclass(frozen=True, kw_only=True)
class Genuine:
    """The body came from the shop. ``topic`` is only a hint: on some shops nobody signed it."""

    topic: str = ""  # with the body's hash, the key of deduplication
    delivery_id: str = ""  # only where the shop keeps it unique; else empty


@dataclass(frozen=True, kw_only=True)
class Ping:
    """The shop tries whether somebody is there. Answer 200 and do nothing."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """Something changed at the shop. The topic it came under says nothing about how far it has come since."""

    kind: Kind
    external_id: str  # empty when op is GONE_SOMEWHERE
    op: Op
    changed_at: datetime | None = None  # the shop's version of the row
    payload: Payload | None = None
    is_certain: bool = True  # False: ask the shop (``fetch``) before acting on it, where it can be asked


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """A webhook of ours at the shop, as ``Connection.hooks`` keeps it."""

    topic: str
    external_id: str


@dataclass(frozen=True, kw_only=True)
class Store:
    """What the shop says of itself."""

    name: str
    currency: str
    time_zone: str  # IANA name, or empty when the shop knows only an offset


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some rows, and where to go on. ``position`` is None after the last page."""

    rows: tuple[Payload, ...]
    position: Position | None
    expected_count: int | None = None  # rows in all, as far as the shop says


class Connector(Protocol):
    """A kind of shop. Headers may be given in any case; ``raw`` is the body as it came off the wire."""

    kept_headers: tuple[str, ...]  # lower case: what ``parse`` needs of the headers, for the inbox to keep
    answers_bad_bodies: bool  # True: a bad shape is told at once (400); else it is stored and answered 200

    def signing_secret(self, *, given: str = "") -> str:
        """What deliveries are to be signed with: the one given, or a new one. Raises BadSecret."""

    def verify(self, *, door: Door, headers: Mapping[str, str], raw: bytes, at: datetime) -> Genuine | Ping:
        """Raises NotGenuine unless the shop signed this very body (and, where it signs a time, lately)."""

    def parse(self, *, door: Door, headers: Mapping[str, str], raw: bytes) -> list[Change]:
        """What a genuine delivery speaks of; nothing when it is of no interest. Raises Unreadable."""

    def normalise(self, *, door: Door, kind: Kind, payload: Payload) -> Taken:
        """A row in our own shape. Raises Unreadable."""

    def can_ask(self, *, door: Door) -> bool:
        """Whether ``fetch``, ``backfill``, ``check`` and ``install_webhooks`` can work at all."""

    def fetch(self, *, door: Door, kind: Kind, external_id: str) -> Payload | Gone:
        """The row as it stands now. Raises CannotAsk, KeysRefused, ShopFailed."""

    def backfill(
        self, *, door: Door, kind: Kind, position: Position | None, changed_after: datetime | None = None
    ) -> Page:
        """The next rows, oldest first; from the start when ``position`` is None.

        ``changed_after`` (only with the first call) leaves out rows that did not change since, less a
        look-back of the adapter's own. Rows may come twice, so taking them must be safe to repeat.
        Raises CannotAsk, KeysRefused, ShopFailed.
        """

    def check(self, *, door: Door) -> Store:
        """Whether the keys work, and what the shop is. Raises CannotAsk, KeysRefused, ShopFailed."""

    def install_webhooks(self, *, door: Door, hook_url: str) -> list[Subscription]:
        """Have the shop tell us of every change; safe to repeat, and switches on again what was off.

        The shop may call ``hook_url`` before this returns, so the endpoint must be committed by then.
        Raises CannotAsk, KeysRefused, ShopFailed.
        """


def header(headers: Mapping[str, str], name: str) -> str:
    """The value of a header in any case, or an empty word."""
    for given, value in headers.items():
        if given.lower() == name.lower():
            return value.strip()
    return ""


def text(value: object, *, longest: int) -> str:
    """A word that PostgreSQL can keep: no NUL, no half of a surrogate pair, not longer than its column."""
    if value is None or isinstance(value, bool | list | dict):
        return ""
    clean = str(value).replace("\x00", "").encode("utf-8", "ignore").decode()
    return clean.strip()[:longest]


def utc(moment: datetime) -> datetime:
    """A time in UTC; one that names no zone is in UTC already. Raises Unreadable for times beyond reason."""
    try:
        found = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise Unreadable("This time is beyond reason.") from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise Unreadable(f"The year {found.year} is beyond reason.")
    return found
