import json
import threading
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from bench.world import signed
from regulars.integrations.shop import connections, webhooks
from regulars.platform import inbox, tenancy
from regulars.platform.models import Delivery
from regulars.tenants import endpoints

CAPTURES = Path(__file__).parents[2] / "fixtures/shops/woocommerce"
SECRET = "a shop's secret"
NOW = timezone.now()


def connected(tenant, *, kind="woocommerce", secret=SECRET):
    with tenancy.opened(tenant.schema_name):
        made = connections.connect(kind=kind, url="https://shop.example", signing_secret=secret, at=NOW)
        return endpoints.url_of(connection_id=made.pk).partition("localhost:8000")[2]


@pytest.fixture
def path(tea_shop):
    return connected(tea_shop)


def posted(path, body=b'{"id": 1}', *, headers=None, secret=SECRET, client=None):
    words = signed(body, secret=secret) if headers is None else headers
    content_type = words.pop("Content-Type", "application/json")
    return (client or Client()).post(path, body, content_type=content_type, headers=words)


class TestReceive:
    def test_keeps_what_the_shop_signed(self, path, tea_shop):
        answer = posted(path)

        assert (answer.status_code, answer.content) == (200, b"Kept.\n")
        row = Delivery.objects.get()
        assert (row.tenant, row.kind, row.topic) == (tea_shop.schema_name, "shop", "order.created")

    @pytest.mark.parametrize("host", ["localhost", "teashop.localhost", "127.0.0.1", "shop.example", "x"])
    def test_answers_on_any_host(self, path, host):
        assert posted(path, client=Client(headers={"host": host})).status_code == 200

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"X-WC-Webhook-Signature": "Zm9yZ2Vk", "X-WC-Webhook-Topic": "order.created"},
            {"X-WC-Webhook-Signature": "not base64 ü", "X-WC-Webhook-Topic": "order.created"},
            {"X-WC-Webhook-Topic": "order.created"},
        ],
    )
    def test_refuses_the_forged_and_the_unsigned_and_keeps_nothing(self, path, headers):
        assert posted(path, headers=dict(headers)).status_code == 401
        assert not Delivery.objects.exists()

    def test_refuses_a_body_signed_by_another_tenants_shop(self, path, book_shop):
        connected(book_shop, secret="the book shop's secret")

        assert posted(path, secret="the book shop's secret").status_code == 401
        assert not Delivery.objects.exists()

    def test_refuses_one_changed_byte(self, path):
        headers = signed(b'{"id": 1}', secret=SECRET)

        assert posted(path, b'{"id": 2}', headers=headers).status_code == 401

    def test_knows_no_other_key(self, db):
        assert posted("/hooks/shop/guessed/").status_code == 404

    def test_tells_a_large_body_by_its_header_before_reading_it(self, path, monkeypatch):
        monkeypatch.setattr("django.http.HttpRequest.read", lambda *_: pytest.fail("was read"))

        answer = posted(path, b"x" * (webhooks.MAX_BODY_BYTES + 1), headers={})

        assert answer.status_code == 413
        assert not Delivery.objects.exists()

    def test_takes_the_unsigned_ping_for_what_it_is(self, path):
        ping = json.loads((CAPTURES / "special.ping.unsigned.json").read_text())

        answer = posted(path, ping["raw_body"].encode(), headers=dict(ping["headers"]))

        assert answer.status_code == 200
        assert not Delivery.objects.exists()

    def test_keeps_signed_nonsense_for_inspection(self, path, tea_shop):
        assert posted(path, b"no json \xff").status_code == 200

        inbox.work(tenant=tea_shop.schema_name, at=timezone.now())

        row = Delivery.objects.get()
        assert row.dead_at is not None
        assert row.error == "The body is not JSON."

    def test_costs_one_statement_once_the_door_is_known(self, path, django_assert_num_queries):
        posted(path)

        with django_assert_num_queries(1):
            posted(path, b'{"id": 2}')

    def test_tells_a_shop_that_pushes_what_is_wrong_with_its_body(self, tea_shop):
        from standardwebhooks import Webhook

        secret = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        path = connected(tea_shop, kind="push", secret=secret)
        body = '{"orders": [{}]}'
        signature = Webhook(secret).sign("msg_1", NOW.replace(microsecond=0), body)
        headers = {
            "webhook-id": "msg_1",
            "webhook-timestamp": str(int(NOW.timestamp())),
            "webhook-signature": signature,
        }

        answer = posted(path, body.encode(), headers=headers)

        assert answer.status_code == 400
        assert answer.json()["problems"]
        assert not Delivery.objects.exists()

    @pytest.mark.parametrize("method", ["get", "put", "delete", "head"])
    def test_takes_posts_alone(self, path, method):
        assert getattr(Client(), method)(path).status_code == 405


class TestReceiveAtOnce:
    def test_makes_one_of_a_hundred_equal_deliveries(self, new_tenant):
        path = connected(new_tenant())
        statuses, start = [], threading.Barrier(10)

        def knock():
            client = Client()
            start.wait()
            for _ in range(10):
                statuses.append(posted(path, client=client).status_code)
            connection.close()

        threads = [threading.Thread(target=knock) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert statuses == [200] * 100
        key = path.rstrip("/").rsplit("/", 1)[1]
        assert Delivery.objects.filter(endpoint_id=endpoints.door(key).id).count() == 1


class TestOutage:
    def test_answers_503_and_says_so_once(self, path, caplog):
        posted(path)
        broken = pytest.MonkeyPatch()
        from django.db.utils import OperationalError

        def away(*_, **__):
            raise OperationalError("connection refused")

        broken.setattr(tenancy, "execute", away)
        client = Client(raise_request_exception=False)
        with caplog.at_level("INFO"):
            answers = [posted(path, b'{"id": %d}' % n, client=client) for n in range(2, 5)]
        broken.undo()

        assert [answer.status_code for answer in answers] == [503] * 3
        assert answers[0].headers["Retry-After"] == "5"
        assert sum("database_is_away" in record.getMessage() for record in caplog.records) == 1
