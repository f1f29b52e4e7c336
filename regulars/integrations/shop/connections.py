"""Connecting a shop, changing what it signs with, and parting from it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog
from django.utils.translation import gettext as _

from regulars.integrations.shop.connector import Connector, Door, KeysRefused, Kind, ShopFailed, Store
from regulars.integrations.shop.connectors import CONNECTORS
from regulars.integrations.shop.models import Connection, ConnectionState, Cursor
from regulars.platform import errors, tenancy
from regulars.platform.facts import facts
from regulars.tenants import endpoints, entitlements
from regulars.tenants.models import Tenant

log = structlog.get_logger(__name__)

READ_ORDER = (Kind.PRODUCT, Kind.CUSTOMER, Kind.ORDER)  # so that an order finds its products and customer


class UnknownKind(errors.Invalid):
    code = "unknown_kind"


class UnknownConnection(errors.NotFound):
    code = "unknown_connection"


class AddressMissing(errors.Invalid):
    code = "address_missing"


def connect(
    *,
    kind: str,
    name: str = "",
    url: str = "",
    key: str = "",
    secret: str = "",
    signing_secret: str = "",
    actor_id: UUID | None = None,
    at: datetime,
) -> Connection:
    """Connect a shop of the open tenant and open its door.

    With ``key`` and ``secret`` the shop is asked at once whether they work, told to send us every change,
    and its history is read in the background. Without them the shop (or its owner) sets the webhooks up.
    ``signing_secret``: what deliveries are signed with; one is made when absent.
    Raises UnknownKind, AddressMissing, NotEntitled, KeysRefused, ShopFailed, what the address guard
    refuses, and what the adapter thinks of the secret.
    """
    connector = connector_of(kind)
    url = url.strip().rstrip("/")
    if key and not url:
        raise AddressMissing(_("Where is the shop? Give the address of its site."))
    asked = Door(url=url, key=key.strip(), secret=secret.strip())
    store = connector.check(door=asked) if connector.can_ask(door=asked) else None
    words = connector.signing_secret(given=signing_secret)
    connection = _made(kind, name, asked, store, words, actor_id, at)
    if store is not None:
        listen(connection_id=connection.pk, at=at)
    return Connection.objects.get(pk=connection.pk)


def listen(*, connection_id: UUID, at: datetime) -> None:
    """Have the shop tell us of every change, and read its history. What goes wrong is kept for the owner."""
    connection = found(connection_id)
    door = connection.door()
    hook_url = endpoints.url_of(connection_id=connection_id)
    problem, hooks = "", connection.hooks
    try:
        # Not inside a transaction: the shop calls our door before this returns.
        installed = CONNECTORS[connection.kind].install_webhooks(door=door, hook_url=hook_url)
        hooks = [{"topic": hook.topic, "id": hook.external_id} for hook in installed]
    except (KeysRefused, ShopFailed) as refused:
        problem = str(refused)
        log.warning("hooks_not_installed", connection=str(connection_id), problem=problem)
    _listening(connection_id, hooks=hooks, problem=problem, at=at)


@tenancy.atomic
def read_again(*, connection_id: UUID, changed_after: datetime | None, at: datetime) -> None:
    """Read what changed at the shop since a time (None: everything); goes on in the background."""
    for kind in READ_ORDER:
        Cursor.objects.update_or_create(
            connection_id=connection_id,
            kind=kind.value,
            defaults={
                "position": {"changed_after": changed_after.isoformat() if changed_after else None},
                "rows_done": 0,
                "rows_expected": None,
                "started_at": at,
                "finished_at": None,
                "problem": "",
            },
        )
    facts.record("shop.reading", subject_id=connection_id, at=at)


@tenancy.atomic
def change_signing_secret(*, connection_id: UUID, signing_secret: str = "", at: datetime) -> str:
    """From now on deliveries are signed with this word; what was used before is good for nothing.

    Returns the new secret, to be shown once. Raises UnknownConnection.
    """
    connection = found(connection_id)
    words = connector_of(connection.kind).signing_secret(given=signing_secret)
    connection.credentials = {**connection.credentials, "signing_secrets": [words]}
    connection.save(update_fields=["credentials"])
    endpoints.change_secrets(connection_id=connection_id, signing_secrets=[words])
    facts.record("shop.secret_changed", subject_id=connection_id, at=at)
    return words


@tenancy.atomic
def disconnect(*, connection_id: UUID, actor_id: UUID | None, at: datetime) -> None:
    """Close the door. What the shop told us so far stays. Raises UnknownConnection."""
    connection = found(connection_id)
    connection.state, connection.removed_at = ConnectionState.REMOVED, at
    connection.credentials = {}
    connection.save(update_fields=["state", "removed_at", "credentials"])
    Cursor.objects.filter(connection=connection, finished_at=None).update(finished_at=at)
    endpoints.close(connection_id=connection_id, at=at)
    facts.record("shop.disconnected", subject_id=connection_id, actor_id=actor_id, at=at)


def found(connection_id: UUID) -> Connection:
    """A connection that stands. Raises UnknownConnection."""
    row = Connection.objects.filter(pk=connection_id).exclude(state=ConnectionState.REMOVED).first()
    if row is None:
        raise UnknownConnection(_("There is no such shop."))
    return row


def standing() -> list[Connection]:
    """The tenant's shops, oldest first."""
    rows = Connection.objects.exclude(state=ConnectionState.REMOVED)
    return list(rows.order_by("connected_at", "pk"))


def being_read() -> Sequence[Cursor]:
    """The readings that are not finished: while there is one, figures are incomplete."""
    rows = Cursor.objects.filter(finished_at=None).select_related("connection")
    return list(rows.order_by("connection_id", "kind"))


def connector_of(kind: str) -> Connector:
    """The adapter of a kind of shop. Raises UnknownKind."""
    if kind not in CONNECTORS:
        raise UnknownKind(
            _("“%(kind)s” is none of %(kinds)s.") % {"kind": kind, "kinds": ", ".join(sorted(CONNECTORS))}
        )
    return CONNECTORS[kind]


@tenancy.atomic
def _made(
    kind: str, name: str, door: Door, store: Store | None, words: str, actor_id: UUID | None, at: datetime
) -> Connection:
    standing_count = Connection.objects.exclude(state=ConnectionState.REMOVED).count()
    entitlements.require("shops", used=standing_count)
    host = door.url.partition("://")[2] or door.url
    connection = Connection.objects.create(
        kind=kind,
        name=(name.strip() or (store.name if store else "") or host or kind)[:200],
        url=door.url,
        # A shop that cannot be asked is taken to sell in the tenant's currency, for rows that name none.
        currency=store.currency if store else _own_currency(),
        credentials={"key": door.key, "secret": door.secret, "signing_secrets": [words]},
        connected_at=at,
    )
    endpoints.open_for(connection_id=connection.pk, kind=kind, signing_secrets=[words], at=at)
    facts.record("shop.connected", subject_id=connection.pk, actor_id=actor_id, at=at)
    return connection


def _own_currency() -> str:
    schema = tenancy.current()
    with tenancy.shared():
        return str(Tenant.objects.values_list("currency", flat=True).get(schema_name=schema))


@tenancy.atomic
def _listening(connection_id: UUID, *, hooks: list[dict[str, str]], problem: str, at: datetime) -> None:
    connection = Connection.objects.select_for_update().get(pk=connection_id)
    connection.hooks, connection.problem = hooks, problem[:300]
    connection.state = ConnectionState.BROKEN if problem else ConnectionState.ACTIVE
    connection.save(update_fields=["hooks", "problem", "state"])
    read_again(connection_id=connection_id, changed_after=None, at=at)
