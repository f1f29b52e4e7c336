from datetime import timedelta

import pytest
from django.utils import timezone

from regulars.platform import ids, inbox, secrets, tenancy
from regulars.platform.models import Delivery

NOW = timezone.now()


class AnswerSpy:
    """Stands for a room's task: does to the delivery what the test asks for."""

    name = "spy.answer"

    def __init__(self):
        self.calls, self.problem, self.outcome = [], None, "taken"

    def __call__(self, *, tenant, delivery_id):
        self.calls.append(delivery_id)
        if self.problem:
            raise self.problem
        with tenancy.opened(tenant), tenancy.atomic():
            delivery, body = inbox.opened(delivery_id)
            self.body = body
            inbox.finish(delivery, outcome=self.outcome, at=NOW)


@pytest.fixture
def spy(monkeypatch):
    spy = AnswerSpy()
    monkeypatch.setattr("regulars.reactions.ANSWERS", {"shop": spy})
    return spy


def stored(tenant, *, body=b'{"id": 1}', topic="order.created", endpoint_id=None, at=NOW):
    return inbox.store(
        tenant=tenant,
        kind="shop",
        endpoint_id=endpoint_id or ids.new(),
        connection_id=ids.new(),
        topic=topic,
        delivery_id="d1",
        headers={"x-topic": topic},
        body=body,
        at=at,
    )


class TestStore:
    def test_keeps_the_raw_body_sealed(self, tea_shop):
        assert stored(tea_shop.schema_name, body=b"who bought what")

        row = Delivery.objects.get()
        assert b"who bought" not in bytes(row.body)
        opened = secrets.unseal(bytes(row.body), tenant=tea_shop.schema_name, purpose=inbox.PURPOSE)
        assert opened == b"who bought what"

    def test_is_one_statement(self, tea_shop, django_assert_num_queries):
        stored(tea_shop.schema_name)

        with django_assert_num_queries(1):
            stored(tea_shop.schema_name)

    def test_keeps_equal_deliveries_of_an_hour_once(self, tea_shop):
        endpoint_id = ids.new()

        assert stored(tea_shop.schema_name, endpoint_id=endpoint_id)
        assert not stored(tea_shop.schema_name, endpoint_id=endpoint_id)

        assert Delivery.objects.count() == 1

    @pytest.mark.parametrize(
        "other", [{"topic": "order.updated"}, {"body": b"{}"}, {"at": NOW + timedelta(hours=1)}]
    )
    def test_keeps_what_differs_apart(self, tea_shop, other):
        endpoint_id = ids.new()
        stored(tea_shop.schema_name, endpoint_id=endpoint_id)

        assert stored(tea_shop.schema_name, endpoint_id=endpoint_id, **other)


class TestWork:
    def test_hands_each_due_delivery_to_its_room_once(self, tea_shop, spy):
        stored(tea_shop.schema_name)
        stored(tea_shop.schema_name)

        assert inbox.work(tenant=tea_shop.schema_name, at=NOW) == 2
        assert inbox.work(tenant=tea_shop.schema_name, at=NOW) == 0

        assert len(spy.calls) == 2
        assert set(Delivery.objects.values_list("outcome", "error")) == {("taken", "")}

    def test_leaves_other_tenants_alone(self, tea_shop, book_shop, spy):
        stored(book_shop.schema_name)

        assert inbox.work(tenant=tea_shop.schema_name, at=NOW) == 0

    def test_tries_a_failed_one_again_later_and_gives_up_after_five(self, tea_shop, spy):
        spy.problem = ZeroDivisionError("no luck")
        stored(tea_shop.schema_name)
        at = NOW

        for attempt in range(1, 6):
            assert inbox.work(tenant=tea_shop.schema_name, at=at) == 1
            assert inbox.work(tenant=tea_shop.schema_name, at=at) == 0
            assert Delivery.objects.get().attempts == attempt
            at += inbox.RETRY_AFTER * 2**attempt

        assert "no luck" in Delivery.objects.get().error
        assert Delivery.objects.get().dead_at is not None
        assert inbox.waiting(tenant=tea_shop.schema_name) == {"due": 0, "dead": 1}

    def test_buries_at_once_what_is_hopeless(self, tea_shop, spy):
        spy.problem = inbox.Hopeless("not an order")
        stored(tea_shop.schema_name)

        inbox.work(tenant=tea_shop.schema_name, at=NOW)

        row = Delivery.objects.get()
        assert (row.dead_at, row.error, row.attempts) == (NOW, "not an order", 1)

    def test_counts_the_attempt_before_the_work_so_that_a_killer_becomes_a_dead_letter(self, tea_shop, spy):
        spy.problem = KeyboardInterrupt()  # ends the worker, as SIGKILL would
        stored(tea_shop.schema_name)
        at = NOW

        for _ in range(5):
            with pytest.raises(KeyboardInterrupt):
                inbox.work(tenant=tea_shop.schema_name, at=at)
            assert inbox.work(tenant=tea_shop.schema_name, at=at) == 0  # its lease holds
            at += inbox.LEASE + timedelta(seconds=1)

        assert inbox.work(tenant=tea_shop.schema_name, at=at) == 0
        assert Delivery.objects.get().dead_at == at


class TestReplay:
    def test_gives_dead_letters_their_attempts_back(self, tea_shop, book_shop, spy):
        spy.problem = inbox.Hopeless("not yet")
        stored(tea_shop.schema_name)
        stored(book_shop.schema_name)
        inbox.work(tenant=tea_shop.schema_name, at=NOW)
        inbox.work(tenant=book_shop.schema_name, at=NOW)
        spy.problem = None

        assert inbox.replay(tenant=tea_shop.schema_name, at=NOW) == 1
        inbox.work(tenant=tea_shop.schema_name, at=NOW)

        assert inbox.waiting(tenant=tea_shop.schema_name) == {"due": 0, "dead": 0}
        assert inbox.waiting(tenant=book_shop.schema_name) == {"due": 0, "dead": 1}


class TestSweep:
    def test_finds_what_a_lost_broker_forgot(self, tea_shop, book_shop):
        stored(tea_shop.schema_name, at=NOW)
        stored(book_shop.schema_name, at=NOW + timedelta(seconds=50))

        assert inbox.sweep(at=NOW + timedelta(seconds=61)) == 1


class TestExpire:
    def test_removes_the_done_after_7_days_and_the_dead_after_30(self, tea_shop, spy):
        stored(tea_shop.schema_name)
        inbox.work(tenant=tea_shop.schema_name, at=NOW)
        spy.problem = inbox.Hopeless("never")
        stored(tea_shop.schema_name)
        inbox.work(tenant=tea_shop.schema_name, at=NOW)

        assert inbox.expire(at=NOW + timedelta(days=7)) == 0
        assert inbox.expire(at=NOW + timedelta(days=7, seconds=1)) == 1
        assert inbox.expire(at=NOW + timedelta(days=30, seconds=1)) == 1
        assert not Delivery.objects.exists()
