"""What the benches run against: durable services of their own, the web process as in production, a client."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.cluster import Cluster, cluster, free_port

ROOT = Path(__file__).resolve().parents[1]
READY_SECONDS = 30


@dataclass
class World:
    """Running services and the environment that a process of the product needs to use them."""

    cluster: Cluster
    environment: dict[str, str]

    def count(self, query: str) -> int:
        """One number, asked as the administrator."""
        with psycopg.connect(self.cluster.url("postgres", "regulars")) as admin:
            return int(admin.execute(query).fetchone()[0])

    def run(self, *command: str, login: str = "app", timeout: int = 3600) -> dict[str, Any]:
        """A manage.py command with ``--json``; its last line."""
        done = subprocess.run(
            [sys.executable, "manage.py", *command, "--json"],
            cwd=ROOT,
            env={**self.environment, "REGULARS_LOGIN": login},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            timeout=timeout,
        )
        answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        return answer

    @contextmanager
    def web(self, *, application: str = "regulars.wsgi:application", workers: int = 2) -> Iterator[int]:
        """gunicorn as ``make run`` starts it; yields its port."""
        port = free_port()
        command = [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}"]
        command += ["--worker-class", "gthread", "--workers", str(workers), "--threads", "4"]
        command += ["--keep-alive", "30", "--log-level", "warning", "--worker-tmp-dir", "/dev/shm"]
        web = subprocess.Popen(command, cwd=ROOT, env={**self.environment, "PORT": str(port)})
        try:
            _wait_for(port)
            yield port
        finally:
            web.terminate()
            web.wait(timeout=10)


@contextmanager
def world(**options: str) -> Iterator[World]:
    """Services with fsync on, a migrated database and spare schemas; gone afterwards.

    ``options`` are PostgreSQL's own settings.
    """
    running = cluster(durable=True, **options)
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "DATABASE_URL": running.url("regulars_app"),
        "DATABASE_OWNER_URL": running.url("regulars_owner"),
        "REDIS_URL": running.redis_url,
        "SECRET_KEY": "only-for-benches",
        "REGULARS_MASTER_KEYS": base64.b64encode(b"0" * 32).decode(),
        "PUBLIC_SCHEME": "http",
        "REGULARS_HOME": str(running.home / "state"),
    }
    try:
        made = World(running, environment)
        made.run("migrate_tenants", login="owner")
        yield made
    finally:
        running.stop()


def signed(body: bytes, *, secret: str, topic: str = "order.created") -> dict[str, str]:
    """The headers of a WooCommerce delivery."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Resource": topic.split(".")[0],
        "X-WC-Webhook-Event": topic.split(".")[1],
        "X-WC-Webhook-Signature": base64.b64encode(digest).decode(),
        "X-WC-Webhook-Delivery-ID": "0" * 32,
    }


def _wait_for(port: int) -> None:
    import http.client

    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            door = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            door.request("GET", "/livez")
            if door.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("The web process did not become ready.")
