"""Webhooks as WooCommerce sends them, with everything that makes them hard to trust (measured on 11.0.1)."""

import base64
import hashlib
import hmac
import http.client
from urllib.parse import urlsplit

from tests.fakes.woocommerce import rows

FAILURES_THAT_DISABLE = 7
TIMEOUT_SECONDS = 60
AGENT = "WooCommerce/11.0.1 Hookshot (WordPress/7.1.4)"
COMMON = {
    "User-Agent": AGENT,
    "Accept": "*/*",
    "Accept-Encoding": "deflate, gzip, br, zstd",
    "Connection": "close",
}


class Webhooks:
    def __init__(self, shop):
        self.shop = shop
        self.hooks = {}
        self.pending = {}  # (hook id, row id): five changes before the queue runs are one delivery
        self.sent = []  # (url, headers, body, status) of every request, pings too
        self.post = post
        self.site = "http://127.0.0.1/"

    def create(self, *, topic, delivery_url, secret, name=""):
        hook_id = len(self.hooks) + 1
        resource, _, event = topic.partition(".")
        self.hooks[hook_id] = {
            "id": hook_id, "name": name, "status": "active", "topic": topic, "resource": resource,
            "event": event, "delivery_url": delivery_url, "secret": secret, "failures": 0,
        }  # fmt: skip
        # The ping: a form, unsigned, without any X-WC header.
        body = f"webhook_id={hook_id}".encode()
        self._send(delivery_url, {"Content-Type": "application/x-www-form-urlencoded"}, body)
        return hook_id

    def queue(self, topic, row_id):
        """A hook that is not active gets nothing, and nothing is made up for later."""
        for hook in self.hooks.values():
            if hook["topic"] == topic and hook["status"] == "active":
                self.pending.setdefault((hook["id"], row_id), None)

    def run_queue(self):
        """Deliver what is pending, once: there are no retries. Returns the statuses."""
        due, self.pending = list(self.pending), {}
        return [self._deliver(self.hooks[hook_id], row_id) for hook_id, row_id in due]

    def _deliver(self, hook, row_id):
        if hook["event"] == "deleted":
            payload = {"id": row_id}
        else:
            payload = self.shop.payload(hook["resource"], row_id)
        body = rows.php_json(payload)
        # Webhook and second: different orders of one second share it.
        seed = f"{hook['id']}{int(self.shop.now.timestamp())}"
        headers = {
            "Content-Type": "application/json",
            "X-WC-Webhook-Source": self.site,
            "X-WC-Webhook-Topic": hook["topic"],
            "X-WC-Webhook-Resource": hook["resource"],
            "X-WC-Webhook-Event": hook["event"],
            "X-WC-Webhook-Signature": signature(hook["secret"], body),
            "X-WC-Webhook-ID": str(hook["id"]),
            "X-WC-Webhook-Delivery-ID": hashlib.md5(seed.encode()).hexdigest(),  # noqa: S324 - as WordPress does
        }
        status = self._send(hook["delivery_url"], headers, body)
        hook["failures"] = 0 if 200 <= status <= 302 else hook["failures"] + 1
        if hook["failures"] >= FAILURES_THAT_DISABLE:
            hook["status"] = "disabled"
        return status

    def _send(self, url, headers, body):
        status = self.post(url, COMMON | headers, body)
        self.sent.append((url, COMMON | headers, body, status))
        return status


def signature(secret, body):
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def post(url, headers, body):
    """One POST over a real socket; redirects are not followed. 0 when nobody answers."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", parts.path, body=body, headers=headers)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()
