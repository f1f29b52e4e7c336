"""Recorded deliveries, and deliveries of our own that are signed like them."""

import json
import time
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from standardwebhooks.webhooks import Webhook

from regulars.integrations.shop.connector import Door
from tests.fakes.woocommerce.webhooks import signature

TESTS = Path(__file__).parents[3]
RECORDED = TESTS / "fixtures" / "shops" / "woocommerce"
EXAMPLE = TESTS.parent / "docs" / "api" / "push" / "example.json"
WOOCOMMERCE_SECRET = "whsec-local-1"
PUSH_SECRET = "whsec_" + b64encode(b"a secret of thirty-two letters..").decode()


@dataclass
class Delivery:
    """What came in, and the secret it is signed with; None for a ping."""

    kind: str
    headers: dict
    raw: bytes
    secret: str
    at: datetime

    @property
    def door(self):
        return Door(signing_secrets=(self.secret,), currency="EUR")


def recorded(name):
    capture = json.loads((RECORDED / f"{name}.json").read_text())
    at = datetime.now(UTC)
    return Delivery("woocommerce", capture["headers"], capture["raw_body"].encode(), capture["secret"], at)


def names(*, signed):
    found = sorted(path.stem for path in RECORDED.glob("*.json"))
    return [name for name in found if ("X-WC-Webhook-Signature" in recorded(name).headers) is signed]


def woocommerce(body, *, topic="order.updated", secret=WOOCOMMERCE_SECRET):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"X-WC-Webhook-Topic": topic, "X-WC-Webhook-Signature": signature(secret, raw)}
    return Delivery("woocommerce", headers, raw, secret, datetime.now(UTC))


def push(body, *, at=None, delivery_id="msg_1"):
    """Signed by the reference library, not by us."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    at = at or datetime.fromtimestamp(int(time.time()), UTC)
    headers = {
        "webhook-id": delivery_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": _signed_by_reference(raw, delivery_id, at),
    }
    return Delivery("push", headers, raw, PUSH_SECRET, at)


def example():
    return json.loads(EXAMPLE.read_text())


def _signed_by_reference(raw, delivery_id, at):
    return Webhook(PUSH_SECRET).sign(delivery_id, at, raw.decode("utf-8"))
