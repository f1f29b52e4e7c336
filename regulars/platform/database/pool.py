"""What the connection pool does with a connection that comes back."""

from typing import Any

from psycopg import Connection
from psycopg.pq import TransactionStatus

LEAVE = "RESET ROLE; RESET search_path; DISCARD TEMP"


def reset(connection: Connection[Any]) -> None:
    """Whatever a request left behind, the next one starts in public."""
    connection.execute(LEAVE)
    if connection.info.transaction_status != TransactionStatus.IDLE:
        connection.commit()
