"""No key asks more than its share: in Valkey for all processes, in memory without it, and never unlimited."""

import re
import time

import pytest
from redis.exceptions import ConnectionError as ValkeyIsAway

from regulars.platform import buckets
from tests.cluster import free_port
from tests.rest.conftest import key_for

PATH = "/api/v1/customers"


@pytest.fixture
def small(monkeypatch):
    """Three tokens, and the next one in ten seconds."""
    monkeypatch.setattr(buckets, "BUCKET_TOKENS", 3)
    monkeypatch.setattr(buckets, "TOKENS_PER_SECOND", 0.1)


@pytest.fixture
def away(monkeypatch):
    """Counts how often Valkey was tried in vain."""
    tried = []

    def fail():
        tried.append(True)
        raise ValkeyIsAway

    monkeypatch.setattr(buckets, "_script", fail)
    return tried


def statuses(partner, count, **options):
    return [partner.get(PATH, **options).status_code for _ in range(count)]


class TestLimit:
    def test_ends_with_429_and_when_to_come_back(self, partner, small):
        assert statuses(partner, 3) == [200] * 3

        answer = partner.get(PATH)

        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert 9 <= int(answer.headers["Retry-After"]) <= 10

    def test_is_told_in_every_answer(self, partner):
        first, second = partner.get(PATH), partner.get(PATH + "?limit=0")

        assert first.headers["RateLimit-Policy"] == '"key";q=300;w=15'
        assert re.fullmatch(r'"key";r=299;t=1', first.headers["RateLimit"])
        assert re.fullmatch(r'"key";r=29[89];t=1', second.headers["RateLimit"])

    def test_is_each_keys_own(self, partner, tea_shop, small):
        other = key_for(tea_shop)

        assert statuses(partner, 4) == [200, 200, 200, 429]
        assert statuses(partner, 1, key=other) == [200]

    def test_holds_in_memory_while_valkey_is_away(self, partner, small, away):
        assert statuses(partner, 4) == [200, 200, 200, 429]
        assert len(away) == 1  # and it is left alone for a while

    def test_goes_back_to_valkey(self, partner, small, away, monkeypatch):
        statuses(partner, 1)
        monkeypatch.undo()
        monkeypatch.setattr(buckets, "_away_until", time.monotonic() - 1)

        partner.get(PATH)

        assert not away[1:]
        assert buckets._local  # of the outage; nothing was added since
        assert len(buckets._local) == 1

    def test_answers_at_once_when_nobody_listens(self, partner, settings, monkeypatch):
        settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
        buckets._script.cache_clear()
        began = time.monotonic()
        try:
            assert statuses(partner, 2) == [200, 200]
        finally:
            buckets._script.cache_clear()

        assert buckets._away_until > began
        assert len(buckets._local) == 1
