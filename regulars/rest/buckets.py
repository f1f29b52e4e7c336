"""A token bucket for each key: in Valkey for all processes together, in memory while Valkey is away.

Each request takes one token; tokens come back at a steady rate up to the size of the bucket.
"""

import threading
import time
from dataclasses import dataclass
from functools import cache

import structlog
from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = structlog.get_logger(__name__)

BUCKET_TOKENS = 300
TOKENS_PER_SECOND = 20
REFILL_SECONDS = BUCKET_TOKENS // TOKENS_PER_SECOND
VALKEY_TIMEOUT_SECONDS = 0.25
VALKEY_IS_LEFT_ALONE_SECONDS = 5.0  # after a failure, so that an outage does not slow every request
MAX_LOCAL_BUCKETS = 10_000

TAKE = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local size, rate = tonumber(ARGV[1]), tonumber(ARGV[2])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(kept[1]) or size
tokens = math.min(size, tokens + math.max(0, now - (tonumber(kept[2]) or now)) * rate)
local is_taken = 0
if tokens >= 1 then
    tokens = tokens - 1
    is_taken = 1
end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'at', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], math.ceil(size / rate) + 1)
return {is_taken, string.format('%.6f', tokens)}
"""


@dataclass(frozen=True)
class Taken:
    """Whether there was a token, and how many are left."""

    is_taken: bool
    tokens: float

    @property
    def wait_seconds(self) -> float:
        """Until the next token comes."""
        return max(0.0, (1 - self.tokens) / TOKENS_PER_SECOND)

    @property
    def refill_seconds(self) -> float:
        """Until the bucket is full again."""
        return (BUCKET_TOKENS - self.tokens) / TOKENS_PER_SECOND


_local: dict[str, tuple[float, float]] = {}
_lock = threading.Lock()
_away_until = 0.0


def take(name: str) -> Taken:
    """One token out of the bucket of this name, if there is one. Never refuses to answer."""
    global _away_until
    now = time.monotonic()
    if now >= _away_until:
        try:
            is_taken, tokens = _script()(keys=[f"rate:{name}"], args=[BUCKET_TOKENS, TOKENS_PER_SECOND])
        except (RedisError, OSError) as problem:
            log.warning("rate_limit_is_local", problem=repr(problem))
            _away_until = now + VALKEY_IS_LEFT_ALONE_SECONDS
        else:
            return Taken(is_taken=bool(is_taken), tokens=float(tokens))
    return _take_here(name, now)


def _take_here(name: str, now: float) -> Taken:
    with _lock:
        if len(_local) >= MAX_LOCAL_BUCKETS:
            _local.clear()
        tokens, at = _local.get(name, (float(BUCKET_TOKENS), now))
        tokens = min(BUCKET_TOKENS, tokens + (now - at) * TOKENS_PER_SECOND)
        is_taken = tokens >= 1
        tokens -= is_taken
        _local[name] = (tokens, now)
    return Taken(is_taken=is_taken, tokens=tokens)


@cache
def _script():  # type: ignore[no-untyped-def]  # the library's own type differs between its versions
    client = Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=VALKEY_TIMEOUT_SECONDS,
        socket_connect_timeout=VALKEY_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    return client.register_script(TAKE)
