"""Nothing lost, nothing twice: workers killed with SIGKILL at random moments, the broker emptied."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.db.models import Count, Sum
from django.test import Client
from django.utils import timezone

from bench.world import signed
from regulars.crm_core.commerce.models import Order, SaleEntry
from regulars.crm_core.insight.models import CustomerMetrics
from regulars.integrations.shop import connections
from regulars.platform import bells, inbox, tenancy
from regulars.platform.facts.models import Reaction
from regulars.tenants import endpoints

SAMPLE = Path(__file__).parents[1] / "fixtures/shops/woocommerce/special.same_delivery_id.0.json"
SECRET = "killed but not forgotten"
ORDERS = 80
KILLS = 6
PATIENCE_SECONDS = 90


def deliveries():
    order = json.loads(json.loads(SAMPLE.read_text())["raw_body"])
    for number in range(1, ORDERS + 1):
        order |= {"id": number, "number": str(number), "total": "10.00"}
        order["billing"] |= {"email": f"buyer{number % 7}@example.com"}
        yield json.dumps(order).encode()


@pytest.fixture
def worker():
    """``worker()`` starts a real one; all are gone at the end."""
    started = []

    def start():
        environment = {**os.environ, "TEST_WAKES": "sent"}
        command = [sys.executable, "-m", "tests.journeys.impatient_worker"]
        started.append(
            subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        )
        return started[-1]

    yield start
    for each in started:
        each.kill()
        each.wait()


def look_around(tenant):
    """What the scheduler does every few seconds, with its patience already at an end."""
    later = timezone.now() + timedelta(minutes=2)
    inbox.sweep(at=later)
    bells.sweep(at=later)


def is_settled(tenant):
    if inbox.waiting(tenant=tenant)["due"]:
        return False
    with tenancy.opened(tenant):
        return not Reaction.objects.filter(done_at=None).exists()


def test_every_order_arrives_once_whatever_dies(new_tenant, worker, monkeypatch):
    monkeypatch.setattr(settings, "WAKES_ARE_SENT", True)
    tenant = new_tenant(currency="EUR").schema_name
    now = timezone.now()
    with tenancy.opened(tenant):
        shop = connections.connect(
            kind="woocommerce", url="https://shop.example", signing_secret=SECRET, at=now
        )
        path = endpoints.url_of(connection_id=shop.pk).partition("localhost:8000")[2]
    broker = redis.Redis.from_url(settings.REDIS_URL)
    chance, client, running = random.Random(11), Client(), worker()

    bodies = list(deliveries())
    for number, body in enumerate(bodies):
        answer = client.post(path, body, content_type="application/json", headers=signed(body, secret=SECRET))
        assert answer.status_code == 200
        if number % (ORDERS // KILLS) == ORDERS // KILLS - 1:
            time.sleep(chance.uniform(0.2, 1.2))
            running.send_signal(signal.SIGKILL)
            running.wait()
            running = worker()
        if number == ORDERS // 2:
            broker.flushall()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_settled(tenant) and time.monotonic() < deadline:
        look_around(tenant)
        time.sleep(1)

    assert inbox.waiting(tenant=tenant) == {"due": 0, "dead": 0}
    with tenancy.opened(tenant):
        assert Order.objects.count() == ORDERS
        twice = Order.objects.values("external_id").annotate(times=Count("pk")).filter(times__gt=1)
        assert not twice.exists()
        booked = SaleEntry.objects.aggregate(sum=Sum("base_amount"))["sum"]
        assert booked == sum(order.total - order.refunded for order in Order.objects.all())
        assert CustomerMetrics.objects.aggregate(sum=Sum("orders_count"))["sum"] == ORDERS
        assert CustomerMetrics.objects.aggregate(sum=Sum("total_spent"))["sum"] == booked
        assert booked == Decimal(10) * ORDERS
