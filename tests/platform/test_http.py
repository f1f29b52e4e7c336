"""The outgoing client against real sockets: where it goes, what it takes, when it gives up."""

import gzip
import socket
import time
from decimal import Decimal

import pytest

from regulars.platform import http
from tests.fakes import certificates
from tests.fakes.sockets import saying
from tests.platform.calls import get

PUBLIC = "93.184.216.34"
PRIVATE = "10.0.0.5"


class TestConnects:
    def test_to_the_address_found_under_the_name_asked_for(
        self, tmp_path, settings, speaker, names, monkeypatch
    ):
        tls, trust = certificates.server_and_client(tmp_path, name="shop.test")
        monkeypatch.setattr(http, "_trusted", lambda: trust)
        server = speaker(saying(200, b"tea"), tls=tls)
        settings.HTTP_ALLOWED_PRIVATE = [f"shop.test:{server.port}"]
        asked = names(["127.0.0.1"])

        answer = get(f"https://shop.test:{server.port}/a?b=c")

        assert (answer.status, answer.body, asked) == (200, b"tea", ["shop.test"])
        assert server.heads[0].startswith("GET /a?b=c HTTP/1.1\r\n")
        assert f"\r\nHost: shop.test:{server.port}\r\n" in server.heads[0]

    def test_to_nobody_whose_certificate_is_for_another_name(
        self, tmp_path, settings, speaker, names, monkeypatch
    ):
        tls, trust = certificates.server_and_client(tmp_path, name="other.test")
        monkeypatch.setattr(http, "_trusted", lambda: trust)
        server = speaker(saying(200, b"tea"), tls=tls)
        settings.HTTP_ALLOWED_PRIVATE = [f"shop.test:{server.port}"]
        names(["127.0.0.1"])

        with pytest.raises(http.Unreachable):
            get(f"https://shop.test:{server.port}/")

        assert server.heads == []

    def test_without_the_proxy_of_the_environment(self, speaker, monkeypatch):
        proxy, server = speaker(saying(200, b"proxy")), speaker(saying(200, b"shop"))
        monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.address}")
        monkeypatch.setenv("http_proxy", f"http://{proxy.address}")

        assert get(f"http://{server.address}/").body == b"shop"

    def test_and_says_when_nobody_is_there(self, settings):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        settings.HTTP_ALLOWED_PRIVATE = [f"127.0.0.1:{port}"]

        with pytest.raises(http.Unreachable, match=f"127.0.0.1:{port} cannot be reached"):
            get(f"http://127.0.0.1:{port}/")


class TestFollowsNoRedirect:
    @pytest.mark.parametrize(
        "location", ["file:///etc/passwd", "http://169.254.169.254/", "https://other.example/"]
    )
    def test_wherever_it_leads(self, location, speaker):
        server = speaker(saying(302, Location=location))

        with pytest.raises(http.Redirected) as refusal:
            get(f"http://{server.address}/", attempts=3)

        assert refusal.value.location == location
        assert len(server.heads) == 1


class TestGivesUp:
    def test_on_a_body_that_never_ends(self, speaker):
        def flood(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                connection.sendall(b"x" * 65536)

        server = speaker(flood)

        with pytest.raises(http.TooLarge):
            get(f"http://{server.address}/")

    def test_on_a_few_bytes_that_unpack_to_many(self, speaker):
        packed = gzip.compress(bytes(50_000_000))
        server = speaker(saying(200, packed, Content_Encoding="gzip"))

        with pytest.raises(http.TooLarge):
            get(f"http://{server.address}/", max_bytes=1_000_000)

    @pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Slow: "])
    def test_on_an_answer_that_drips(self, start, speaker):
        def drip(connection):
            connection.sendall(start)
            while True:
                connection.sendall(b"x")
                time.sleep(0.05)

        server = speaker(drip)
        began = time.monotonic()

        with pytest.raises(http.TimedOut):
            get(f"http://{server.address}/", total_seconds=0.5)

        assert time.monotonic() - began < 5

    def test_on_silence(self, speaker):
        server = speaker(lambda connection: connection.recv(1))

        with pytest.raises(http.TimedOut):
            get(f"http://{server.address}/", total_seconds=0.2)

    @pytest.mark.parametrize(
        "answer", [b"", b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"]
    )
    def test_on_what_is_no_answer(self, answer, speaker):
        server = speaker(lambda connection: connection.sendall(answer))

        with pytest.raises(http.Unreachable):
            get(f"http://{server.address}/")

    @pytest.mark.parametrize("coding", ["br", "gzip"])
    def test_on_a_coding_that_it_cannot_read(self, coding, speaker):
        server = speaker(saying(200, b"not packed at all", Content_Encoding=coding))

        with pytest.raises(http.Unreachable):
            get(f"http://{server.address}/")


class TestTriesAgain:
    def test_only_where_the_caller_says_so(self, speaker, at_once):
        server = speaker(saying(503))

        assert get(f"http://{server.address}/").status == 503
        assert (len(server.heads), at_once) == (1, [])

    def test_until_there_is_an_answer(self, speaker, at_once):
        answers = iter([saying(503), lambda connection: None, saying(200, b"tea")])
        server = speaker(lambda connection: next(answers)(connection))

        assert get(f"http://{server.address}/", attempts=3).body == b"tea"
        assert at_once == [0.5, 1.0]

    def test_never_after_a_refusal_that_will_stand(self, speaker, at_once):
        server = speaker(saying(401))

        assert get(f"http://{server.address}/", attempts=3).status == 401
        assert len(server.heads) == 1


class TestAnswer:
    def test_is_unpacked_and_its_numbers_are_exact(self, speaker):
        body = gzip.compress(b'{"price": 0.1, "count": 3}')
        server = speaker(saying(200, body, Content_Encoding="gzip"))

        assert get(f"http://{server.address}/").json() == {"price": Decimal("0.1"), "count": 3}

    @pytest.mark.parametrize(
        "body", [b"", b"<html>", b'{"a": NaN}', b'{"a": Infinity}', b"\xff", b"[" * 100_000]
    )
    def test_that_is_no_json_is_refused(self, body, speaker):
        server = speaker(saying(200, body))

        with pytest.raises(http.NotJson):
            get(f"http://{server.address}/").json()

    def test_of_a_failure_can_be_required_away(self, speaker):
        server = speaker(saying(404, b"gone"))

        with pytest.raises(http.BadStatus) as refusal:
            get(f"http://{server.address}/").require_success()

        assert refusal.value.answer.body == b"gone"


class TestStreams:
    def test_a_large_download_under_a_limit_of_its_own(self, speaker):
        server = speaker(saying(200, b"x" * 3_000_000))

        with http.streamed(url=f"http://{server.address}/", max_bytes=4_000_000, total_seconds=10) as pieces:
            assert sum(len(piece) for piece in pieces) == 3_000_000

    def test_and_stops_at_that_limit(self, speaker):
        server = speaker(saying(200, b"x" * 3_000_000))

        with (
            pytest.raises(http.TooLarge),
            http.streamed(url=f"http://{server.address}/", max_bytes=1_000_000, total_seconds=10) as pieces,
        ):
            list(pieces)
