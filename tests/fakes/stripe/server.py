"""The fake on a real socket of the loopback: idempotency, faults, and the API behind them."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from tests.fakes.stripe import api, pages
from tests.fakes.stripe.account import Account
from tests.fakes.stripe.forms import parsed

KEY = "sk_test_fake"
KEYS_ARE_KEPT = 86400  # seconds


class FakeStripe:
    """An account at ``url``. ``requests``: (method, path, key) of all that was asked.

    ``faults`` are eaten one a request: a status to answer with (429, 500, 409), (status, should_retry) to
    send ``Stripe-Should-Retry`` too, or "lost": the effect happens, the answer never arrives.
    ``delays`` are eaten one a request, too: what to do (wait, say) while an answer is on its way, or None.
    """

    def __init__(self, *, account=None, port=0, key=KEY):
        self.account = account or Account()
        self.key = key
        self.requests, self.faults, self.delays = [], [], []
        self.answered = {}  # idempotency key -> (what was asked, status, answer, when)
        self.in_flight = set()
        self.lock = threading.RLock()
        self.server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.account.address = self.url

    @property
    def events(self):
        return self.account.events

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def answer(self, method, target, headers, body):
        """(status, headers, answer); None as status: the connection is to be dropped."""
        parts = urlsplit(target)
        if not parts.path.startswith("/v1/"):
            with self.lock:
                return pages.answer(self.account, method, parts.path, dict(parse_qsl(body)))
        key = headers.get("Idempotency-Key") if method == "POST" else None
        self.requests.append((method, parts.path, key))
        if headers.get("Authorization") != f"Bearer {self.key}":
            return api.failed(401, "invalid_request_error", "Invalid API Key provided")
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None and fault != "lost":
            status, retry = fault if isinstance(fault, tuple) else (fault, None)
            more = {} if retry is None else {"Stripe-Should-Retry": str(retry).lower()}
            return api.failed(status, "api_error", "A fault was asked for", headers=more)
        found = self._once(key, method, parts, body)
        delay = self.delays.pop(0) if self.delays else None
        if delay is not None:
            delay()
        return (None, {}, None) if fault == "lost" else found

    def _once(self, key, method, parts, body):
        asked = (method, parts.path, body)
        with self.lock:
            if key in self.answered and self.account.now - self.answered[key][3] < KEYS_ARE_KEPT:
                known, status, answer, _when = self.answered[key]
                if known != asked:
                    return api.failed(
                        400, "idempotency_error",
                        "Keys for idempotent requests can only be used with the same parameters.",
                    )  # fmt: skip
                return status, {"Idempotent-Replayed": "true"}, answer
            if key is not None and key in self.in_flight:
                return api.failed(409, "idempotency_error", "Another request with this key is in flight.")
            self.in_flight.add(key)
            try:
                params = parsed(parse_qsl(parts.query if method == "GET" else body, keep_blank_values=True))
                status, headers, answer = api.answer(self.account, method, parts.path, params)
            finally:
                self.in_flight.discard(key)
            answer = json.loads(json.dumps(answer))
            if key is not None and status < 500:
                self.answered[key] = (asked, status, answer, self.account.now)
            return status, headers, answer


def _handler(fake):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet: apart, the second waits 40 ms for a receipt

        def answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            status, headers, said = fake.answer(self.command, self.path, self.headers, body)
            if status is None:
                self.close_connection = True
                time.sleep(0.01)
                return
            is_page = isinstance(said, str)
            raw = said.encode() if is_page else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8" if is_page else "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.send_header("Request-Id", "req_fake")
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = do_DELETE = answer  # noqa: N815 - the names that http.server calls

        def log_message(self, *_):
            pass

    return Handler
