"""One key, one effect: whoever asks, however often, at the same time or a day later."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from regulars.platform import errors, ids, tenancy
from regulars.platform.idempotency import effects
from regulars.platform.idempotency.models import Effect

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
CLIENT, OTHER = ids.new(), ids.new()


class Spy:
    """Counts how often the change was made."""

    def __init__(self, refusal=None):
        self.made, self.refusal = [], refusal

    def __call__(self):
        if self.refusal:
            raise self.refusal
        self.made.append(ids.new())
        return self.made[-1]


def once(spy, *, key="order-4711", client_id=CLIENT, said=("a", 1), at=NOON):
    return effects.once(client_id=client_id, key=key, said=said, at=at, change=spy)


@pytest.mark.usefixtures("tenant")
class TestOnce:
    def test_makes_the_change_and_then_only_tells_of_it(self):
        spy = Spy()

        assert [once(spy), once(spy, at=NOON + timedelta(hours=23))] == [spy.made[0]] * 2

    def test_keeps_clients_and_keys_apart(self):
        spy = Spy()

        assert len({once(spy), once(spy, client_id=OTHER), once(spy, key="order-4712")}) == 3

    def test_refuses_the_same_key_for_something_else(self):
        spy = Spy()
        once(spy)

        with pytest.raises(effects.KeyUsedBefore):
            once(spy, said=("a", 2))

        assert len(spy.made) == 1

    def test_forgets_after_a_day(self):
        spy = Spy()

        once(spy)
        once(spy, said=("a", 2), at=NOON + effects.KEPT_FOR)

        assert len(spy.made) == 2
        assert Effect.objects.count() == 1

    def test_keeps_nothing_of_what_was_refused(self):
        with pytest.raises(errors.Refused):
            once(Spy(refusal=errors.Invalid("no")))

        assert not Effect.objects.exists()
        assert once(Spy(), said=("a", 2))

    @pytest.mark.parametrize("key", ["", "short", "x" * 201, "with\nnewline"])
    def test_refuses_what_is_no_key(self, key):
        with pytest.raises(effects.BadIdempotencyKey):
            once(Spy(), key=key)


def test_of_many_at_once_one_makes_the_change(new_tenant):
    schema, spy, found = new_tenant().schema_name, Spy(), []

    def ask():
        with tenancy.apart(schema):
            found.append(once(spy))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(spy.made), found) == (1, spy.made * 6)
