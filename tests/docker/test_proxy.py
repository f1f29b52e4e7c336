"""The configuration of the proxy, run by nginx where the machine has it, before a web that notes it all."""

import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.utils import timezone

from tests.cluster import free_port

CONFIGURATION = Path(__file__).resolve().parents[2] / "docker" / "proxy" / "nginx.conf"
NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
HOST = "oak.regulars.example"
LARGEST = 2 * 1024 * 1024
START_SECONDS = 10
pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not on this machine")


@dataclass
class Stand:
    """A running proxy: its ports, the certificate it shows, and the requests that came through it."""

    port: int
    clear_port: int
    certificate: Path
    log: Path
    seen: list = field(default_factory=list)

    def opened(self):
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        trust = ssl.create_default_context(cafile=str(self.certificate))
        return trust.wrap_socket(plain, server_hostname=HOST)

    def ask(self, method="GET", path="/", *, headers=(), body=b""):
        """Send one request over TLS; the status and the whole answer."""
        with self.opened() as door:
            lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", "Connection: close", *headers]
            lines += [f"Content-Length: {len(body)}"] if body else []
            return answered(door, "\r\n".join(lines).encode() + b"\r\n\r\n", body)


def answered(door, head, body=b""):
    door.sendall(head)
    words = b""
    with suppress(OSError):  # the answer may come before the body was wanted
        door.sendall(body)
    with suppress(OSError):
        while piece := door.recv(65536):
            words += piece
    return int(words.split(b" ", 2)[1]), words.decode()


@pytest.fixture(scope="module")
def stand(tmp_path_factory):
    folder = tmp_path_factory.mktemp("proxy")
    _certificate(folder)
    seen = []
    web = ThreadingHTTPServer(("127.0.0.1", 0), _noting(seen))
    threading.Thread(target=web.serve_forever, daemon=True).start()
    running = Stand(
        port=free_port(),
        clear_port=free_port(),
        certificate=folder / "certificate",
        log=folder / "access.log",
        seen=seen,
    )
    replaced = {
        "/tmp/": f"{folder}/",
        "/run/secrets/": f"{folder}/",
        "/dev/stdout": str(running.log),
        "web:8000": f"127.0.0.1:{web.server_port}",
        "listen 8080": f"listen 127.0.0.1:{running.clear_port}",
        "listen 8443": f"listen 127.0.0.1:{running.port}",
    }
    words = CONFIGURATION.read_text()
    for ours, here in replaced.items():
        assert ours in words
        words = words.replace(ours, here)
    (folder / "nginx.conf").write_text(words)
    as_root = "user root; " if os.geteuid() == 0 else ""  # else its workers could not enter the folder
    command = [NGINX, "-c", str(folder / "nginx.conf"), "-g", f"{as_root}daemon off;"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        try:
            _wait_until_it_listens(running.port, process)
            yield running
        finally:
            process.terminate()
            web.shutdown()
            web.server_close()


def _certificate(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = timezone.now()
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timezone.timedelta(hours=1))
        .not_valid_after(now + timezone.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("*.regulars.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "certificate_key").write_bytes(key.private_bytes(*form))


def _noting(seen):
    class Web(BaseHTTPRequestHandler):
        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            seen.append((self.path, self.headers, body))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        do_POST = do_GET  # noqa: N815

        def log_message(self, *args):
            """Nothing on the terminal."""

    return Web


def _wait_until_it_listens(port, process):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    process.kill()
    raise AssertionError(f"nginx did not start: {process.stderr.read().decode()}")


class TestTheProxy:
    def test_replaces_everything_that_a_caller_says_about_where_he_comes_from(self, stand):
        claims = [
            "X-Forwarded-For: 10.0.0.1, 127.0.0.1",
            "X-Forwarded-Proto: http",
            "X-Forwarded-Host: evil.example",
            "X-Forwarded-Port: 1",
            "X-Real-IP: 127.0.0.1",
            "Forwarded: for=127.0.0.1;host=evil.example",
            "X-Request-Id: chosen-by-the-caller",
            "X_Forwarded_For: 127.0.0.1",
            "Proxy: evil.example:80",
        ]

        status, _ = stand.ask(path="/claims", headers=claims)

        assert status == 200
        _, headers, _ = stand.seen[-1]
        told = {name.lower(): value for name, value in headers.items()}
        assert len(told.pop("x-request-id")) == 32
        assert told == {"host": HOST, "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "https"}

    def test_reads_a_slow_body_whole_before_the_web_process_hears_of_it(self, stand):
        head = f"POST /hooks/shop/key/ HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n"
        seen_before = len(stand.seen)

        with stand.opened() as door:
            door.sendall(f"{head}Content-Length: 9\r\n\r\nhalf".encode())
            time.sleep(0.3)
            assert len(stand.seen) == seen_before
            status, _ = answered(door, b" done")

        path, _, body = stand.seen[-1]
        assert (status, path, body) == (200, "/hooks/shop/key/", b"half done")

    @pytest.mark.parametrize("path", ["/hooks/shop/key/", "/graphql/"])
    def test_refuses_a_body_of_a_byte_too_many_before_it_is_read(self, stand, path):
        seen_before = len(stand.seen)

        too_large, _ = stand.ask("POST", path, body=b"x" * (LARGEST + 1))
        fitting, _ = stand.ask("POST", path, body=b"x" * LARGEST)

        assert (too_large, fitting) == (413, 200)
        assert len(stand.seen) == seen_before + 1

    def test_sends_a_page_to_tls_and_takes_no_body_in_the_clear(self, stand):
        def in_the_clear(method):
            door = socket.create_connection(("127.0.0.1", stand.clear_port), timeout=10)
            with door:
                head = f"{method} /a?b=c HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n"
                return answered(door, head.encode())

        seen_before = len(stand.seen)

        page, words = in_the_clear("GET")
        sent, _ = in_the_clear("POST")

        assert (page, sent) == (301, 400)
        assert f"Location: https://{HOST}/a?b=c\r\n" in words
        assert len(stand.seen) == seen_before

    def test_logs_neither_keys_nor_queries(self, stand):
        stand.ask(path="/hooks/shop/secret-key/?token=secret-token")
        stand.ask(path="/secret-that-is-longer-than-a-room-of-ours")

        deadline = time.monotonic() + 5
        while (logged := stand.log.read_text()).count("\n") < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert "secret" not in logged
        assert '"path":"/hooks"' in logged
