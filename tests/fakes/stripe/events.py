"""Events: kept for ``/v1/events``, and sent signed by a queue that duplicates, shuffles, delays and drops."""

import copy
import http.client
import itertools
import json
import random
from urllib.parse import urlsplit

from tests.fakes.stripe import rows

SECRET = "whsec_fake_snapshot"
THIN_SECRET = "whsec_fake_thin"
TIMEOUT_SECONDS = 30


class Events:
    """``pending``: events told and not delivered yet; ``sent``: every event ever delivered."""

    def __init__(self, account):
        self.account = account
        self.all, self.pending, self.sent = [], [], []
        self.numbers = itertools.count(1)
        self.url, self.headers = "", {}
        self.secret, self.thin_secret = SECRET, THIN_SECRET
        self.post = post

    def tell(self, kind, row):
        event = rows.event(
            row_id=f"evt_fake{next(self.numbers):06}", kind=kind, told=copy.deepcopy(row),
            at=self.account.now,
        )  # fmt: skip
        self.all.append(event)
        self.pending.append(event)
        return event

    def deliver(self, *, thin=False, twice=False, seed=None, drop=0.0, keep=0, at=None):
        """Send what is pending; ``keep`` of the newest stay behind. Returns the statuses."""
        held = len(self.pending) - keep
        due, self.pending = self.pending[:held], self.pending[held:]
        return self.send(due, thin=thin, twice=twice, seed=seed, drop=drop, at=at)

    def send(self, events, *, thin=False, twice=False, seed=None, drop=0.0, secret=None, at=None):
        queue = [*events, *events] if twice else list(events)
        if seed is not None:
            chance = random.Random(seed)
            chance.shuffle(queue)
            queue = [event for event in queue if chance.random() >= drop]
        return [self._send(event, thin=thin, secret=secret, at=at) for event in queue]

    def _send(self, event, *, thin, secret, at):
        body = json.dumps(rows.thin(event) if thin else event).encode()
        secret = secret or (self.thin_secret if thin else self.secret)
        status = self.post(
            self.url, {**self.headers, "Stripe-Signature": signature(body, secret, at=at)}, body
        )
        self.sent.append((event["id"], status))
        return status


def signature(body, secret, *, at=None):
    """As Stripe's own library signs it."""
    from stripe import WebhookSignature

    return WebhookSignature.generate_signature_header(body.decode(), secret, timestamp=at)


def post(url, headers, body):
    """One POST over a real socket. 0 when nobody answers."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", parts.path, body, {"Content-Type": "application/json", **headers})
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()
