"""Finding what a shop never told us: read what changed of late, and look after rows that may be gone."""

from datetime import datetime, timedelta
from uuid import UUID

from regulars.crm_core.commerce.models import Order
from regulars.integrations.shop import connections, sync
from regulars.integrations.shop.connector import Kind
from regulars.integrations.shop.connectors import CONNECTORS
from regulars.integrations.shop.models import Connection, ConnectionState
from regulars.platform import tenancy

LOOK_BACK = timedelta(days=2)
MAX_LOOKED_AFTER = 50  # orders asked for one by one when the shop says that some order is no more


def reconcile(*, connection_id: UUID, at: datetime) -> int:
    """Read again what changed in the last two days, and ask for the newest orders one by one.

    Returns how many orders turned out to be gone; 0 where the shop cannot be asked. Safe to repeat.
    """
    connection = Connection.objects.filter(pk=connection_id).exclude(state=ConnectionState.REMOVED).first()
    if connection is None or not CONNECTORS[connection.kind].can_ask(door=connection.door()):
        return 0
    with tenancy.atomic():
        connections.read_again(connection_id=connection_id, changed_after=at - LOOK_BACK, at=at)
    return sum(_look_after(connection, external_id, at=at) for external_id in _newest_orders(connection))


def _newest_orders(connection: Connection) -> list[str]:
    rows = Order.objects.filter(connection_id=connection.pk, gone_at=None).order_by("-taken_at")
    return list(rows.values_list("external_id", flat=True)[:MAX_LOOKED_AFTER])


def _look_after(connection: Connection, external_id: str, *, at: datetime) -> bool:
    door = connection.door()
    answer = CONNECTORS[connection.kind].fetch(door=door, kind=Kind.ORDER, external_id=external_id)
    with tenancy.atomic():
        outcome, _ = sync.take(
            connection=connection, kind=Kind.ORDER, payload=answer, origin="reconcile", at=at
        )
    return outcome == "gone"
