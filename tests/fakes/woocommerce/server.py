"""The fake on a real socket of the loopback, with TLS when given a certificate."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from tests.fakes.woocommerce import api
from tests.fakes.woocommerce.keys import Keys
from tests.fakes.woocommerce.store import Shop

KEY = "ck_5f0e1c0c3a4b5d6e7f8091a2b3c4d5e6f7a8b9c0"
SECRET = "cs_0c9b8a7f6e5d4c3b2a1908f7e6d5c4b3a2918070"
ROOT = "/wp-json/wc/v3/"


class FakeWooCommerce:
    """A shop at ``url`` with one key pair. ``requests``: (method, path, params) of all that was asked."""

    def __init__(self, *, shop=None, tls=None, host="127.0.0.1", port=0):
        self.shop = shop or Shop()
        self.key, self.secret = KEY, SECRET
        self.requests = []
        self.outage = None  # a status to answer everything with
        self.server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self.server.daemon_threads = True
        self.is_tls = tls is not None
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.url = f"{'https' if self.is_tls else 'http'}://{host}:{self.port}"
        self.shop.webhooks.site = f"{self.url}/"
        self.keys = Keys(key=self.key, secret=self.secret, clock=time.time)

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def answer(self, method, target, authorization, body):
        parts = urlsplit(target)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        params = {name: value for name, value in pairs if not name.startswith("oauth_")}
        self.requests.append((method, parts.path, params))
        if self.outage:
            return self.outage, {}, "<html>Sorry</html>"
        if parts.path == "/wp-json/":
            index = {"name": self.shop.name, "timezone_string": "Asia/Shanghai", "gmt_offset": 8}
            return 200, {}, index
        if not parts.path.startswith(ROOT):
            return 404, {}, "<html>Not found</html>"
        refusal = self.keys.refusal(
            method=method, url=f"{self.url}{parts.path}", params=pairs, authorization=authorization,
            is_tls=self.is_tls,
        )  # fmt: skip
        try:
            if refusal:
                raise api.Refusal(401, "woocommerce_rest_authentication_error", refusal)
            return api.answer(self.shop, method, parts.path.removeprefix(ROOT), params, body)
        except api.Refusal as problem:
            return problem.status, {}, problem.body


def _handler(fake):
    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size)) if size else {}
            authorization = self.headers.get("Authorization", "")
            status, headers, said = fake.answer(self.command, self.path, authorization, body)
            is_page = isinstance(said, str)
            raw = said.encode() if is_page else api.encoded(said)
            self.send_response(status)
            self.send_header("Content-Type", "text/html" if is_page else "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(raw)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - the names that http.server calls

        def log_message(self, *_):
            pass

    return Handler
