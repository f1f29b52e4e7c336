"""Tokens go to whoever comes first, never twice, and what was not used comes back."""

import threading
import time

import pytest
from redis.exceptions import ConnectionError as ValkeyIsAway

from regulars.platform import buckets, ids


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(buckets, "_away_until", 0.0)
    buckets._local.clear()


@pytest.fixture
def small(monkeypatch):
    """Three tokens, and the next one in ten seconds."""
    monkeypatch.setattr(buckets, "BUCKET_TOKENS", 3)
    monkeypatch.setattr(buckets, "TOKENS_PER_SECOND", 0.1)


@pytest.fixture(params=["valkey", "memory"])
def place(request, monkeypatch):
    """Where the bucket is: the rules are the same."""

    def fail():
        raise ValkeyIsAway

    if request.param == "memory":
        monkeypatch.setattr(buckets, "_script", fail)


class TestBucket:
    def test_gives_no_token_twice_to_many_at_once(self, small):
        name, taken = ids.new().hex, []

        def ask():
            taken.extend(buckets.take(name).is_taken for _ in range(5))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert (len(taken), sum(taken)) == (40, 3)

    def test_fills_up_again_and_no_further(self, monkeypatch):
        monkeypatch.setattr(buckets, "BUCKET_TOKENS", 2)
        monkeypatch.setattr(buckets, "TOKENS_PER_SECOND", 1)
        start = time.monotonic()

        found = [buckets._take_here("x", start + seconds).is_taken for seconds in (0, 0, 0, 1, 1, 60, 60, 60)]

        assert found == [True, True, False, True, False, True, True, False]

    def test_forgets_rather_than_grow(self, monkeypatch):
        monkeypatch.setattr(buckets, "MAX_LOCAL_BUCKETS", 10)

        for number in range(35):
            buckets._take_here(str(number), 0.0)

        assert len(buckets._local) <= 10

    def test_is_taken_from_by_cost_or_not_at_all(self, small, place):
        name = ids.new().hex

        taken = [buckets.take(name, cost=cost) for cost in (2, 2, 1, 1)]

        assert [each.is_taken for each in taken] == [True, False, True, False]
        assert taken[1].tokens == pytest.approx(1, abs=0.05)
        assert taken[1].wait_seconds == pytest.approx(10, abs=0.5)

    def test_gets_back_what_was_not_used_and_holds_no_more_than_before(self, small, place):
        name = ids.new().hex
        buckets.take(name, cost=3)

        assert buckets.give_back(name, tokens=2).tokens == pytest.approx(2, abs=0.05)
        assert buckets.give_back(name, tokens=9).tokens == 3
        assert buckets.take(name, cost=3).is_taken
