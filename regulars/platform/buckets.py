"""A token bucket for each key: in Valkey for all processes together, in memory while Valkey is away.

A request takes as many tokens as it costs, one unless it says more; tokens come back at a steady rate up to
the size of the bucket. REST and GraphQL take from the same bucket.
"""

import math
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
local cost = tonumber(ARGV[3])
local is_taken = 0
if tokens >= cost then
    tokens = math.min(size, tokens - cost)
    is_taken = 1
end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'at', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], math.ceil(size / rate) + 1)
return {is_taken, string.format('%.6f', tokens)}
"""


@dataclass(frozen=True)
class Taken:
    """Whether there were tokens enough, and how many are left."""

    is_taken: bool
    tokens: float
    cost: int = 1

    @property
    def wait_seconds(self) -> float:
        """Until there are tokens enough for what was refused."""
        return max(0.0, (self.cost - self.tokens) / TOKENS_PER_SECOND)

    @property
    def refill_seconds(self) -> float:
        """Until the bucket is full again."""
        return (BUCKET_TOKENS - self.tokens) / TOKENS_PER_SECOND


def policy() -> str:
    """``RateLimit-Policy`` as in draft-ietf-httpapi-ratelimit-headers."""
    return f'"key";q={BUCKET_TOKENS};w={REFILL_SECONDS}'


def told(taken: Taken) -> dict[str, str]:
    """The headers that say in each answer what is left."""
    remaining, seconds = math.floor(taken.tokens), math.ceil(taken.refill_seconds)
    return {"RateLimit-Policy": policy(), "RateLimit": f'"key";r={remaining};t={seconds}'}


_local: dict[str, tuple[float, float]] = {}
_lock = threading.Lock()
_away_until = 0.0


def take(name: str, *, cost: int = 1) -> Taken:
    """``cost`` tokens out of the bucket of this name, if it holds so many. Never refuses to answer.

    A cost above BUCKET_TOKENS is never granted: refuse it before.
    """
    global _away_until
    now = time.monotonic()
    if now >= _away_until:
        try:
            is_taken, tokens = _script()(keys=[f"rate:{name}"], args=[BUCKET_TOKENS, TOKENS_PER_SECOND, cost])
        except (RedisError, OSError) as problem:
            log.warning("rate_limit_is_local", problem=repr(problem))
            _away_until = now + VALKEY_IS_LEFT_ALONE_SECONDS
        else:
            return Taken(is_taken=bool(is_taken), tokens=float(tokens), cost=cost)
    return _take_here(name, now, cost=cost)


def give_back(name: str, *, tokens: int) -> Taken:
    """Return what was taken and not used; the bucket never holds more than its size."""
    return take(name, cost=-tokens)


def _take_here(name: str, now: float, *, cost: int = 1) -> Taken:
    with _lock:
        if len(_local) >= MAX_LOCAL_BUCKETS:
            _local.clear()
        tokens, at = _local.get(name, (float(BUCKET_TOKENS), now))
        tokens = min(BUCKET_TOKENS, tokens + (now - at) * TOKENS_PER_SECOND)
        is_taken = tokens >= cost
        tokens = min(float(BUCKET_TOKENS), tokens - is_taken * cost)
        _local[name] = (tokens, now)
    return Taken(is_taken=is_taken, tokens=tokens, cost=cost)


@cache
def _script():  # type: ignore[no-untyped-def]  # the library's own type differs between its versions
    client = Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=VALKEY_TIMEOUT_SECONDS,
        socket_connect_timeout=VALKEY_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    return client.register_script(TAKE)
