"""What Valkey remembers of a tenant: every key there that is a tenant's holds its schema's name."""

from django.conf import settings
from redis import Redis

AT_A_TIME = 1_000
PATIENCE_SECONDS = 5.0


def forget(*, schema: str) -> int:
    """Remove a tenant's keys, figures and buckets alike; returns how many. Raises when Valkey is away."""
    count = 0
    with Redis.from_url(
        settings.REDIS_URL, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS
    ) as client:
        for key in client.scan_iter(match=f"*{schema}*", count=AT_A_TIME):
            count += int(client.delete(key))
    return count
