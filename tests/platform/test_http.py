"""The outgoing client against real sockets: where it goes, what it takes, when it gives up."""

import gzip
import socket
import time
from decimal import Decimal

import pytest

from regulars.platform import addresses, http
from tests.fakes import certificates
from tests.fakes.sockets import Speaker, saying

PUBLIC = "93.184.216.34"
PRIVATE = "10.0.0.5"


@pytest.fixture
def connected(monkeypatch):
    """Where sockets would have been opened; none is."""
    tried = []

    def refuse(address, *_, **__):
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", refuse)
    return tried


@pytest.fixture
def names(monkeypatch):
    """A resolver that gives the listed answers, one list a question; the last one for ever."""
    asked = []
    real = socket.getaddrinfo

    def serve(*answers):
        def resolve(host, port, *rest, **options):
            if addresses.is_public(host) or host == "127.0.0.1":
                return real(host, port, *rest, **options)  # already a number
            found = answers[min(len(asked), len(answers) - 1)]
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        return asked

    return serve


@pytest.fixture
def at_once(monkeypatch):
    pauses = []
    monkeypatch.setattr(http.time, "sleep", pauses.append)
    return pauses


@pytest.fixture
def speaker(settings):
    """Start a misbehaving server that may be called, unlike every other private address."""
    started = []

    def start(answer, **options):
        server = Speaker(answer, **options).__enter__()
        started.append(server)
        settings.HTTP_ALLOWED_PRIVATE = [*settings.HTTP_ALLOWED_PRIVATE, server.address]
        return server

    yield start
    for server in started:
        server.__exit__()


def get(url, **options):
    return http.request(method="GET", url=url, **options)


class TestRefusesAnAddress:
    @pytest.mark.parametrize(
        "url",
        [
            "file:///etc/passwd",
            "ftp://shop.example/",
            "gopher://shop.example/",
            "http://shop.example/",
            "//shop.example/",
            "shop.example",
            "",
            "https://",
            "https://shop.example:8443/",
            "https://shop.example:80/",
            "https://shop.example:99999/",
            "https://user:word@shop.example/",
            "https://user@shop.example/",
            "https://shop.example\\@127.0.0.1/",
            "https://shop.example/\r\nX-Evil: 1",
            "https://shop.example/" + "a" * 3000,
        ],
    )
    def test_by_its_form_and_asks_no_resolver(self, url, names, connected):
        asked = names([PUBLIC])

        with pytest.raises(http.AddressRefused):
            get(url)

        assert (asked, connected) == ([], [])

    @pytest.mark.parametrize(
        "host",
        [
            "127.0.0.1",
            "[::1]",
            "169.254.169.254",
            "0x7f000001",
            "2130706433",
            "0177.0.0.1",
            "127.1",
            "0.0.0.0",  # noqa: S104 - an address to refuse
            "100.64.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "224.0.0.1",
            "255.255.255.255",
            "[::ffff:127.0.0.1]",
            "[::ffff:169.254.169.254]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "[fe80::1]",
            "[fc00::1]",
            "[ff02::1]",
            "[::]",
        ],
    )
    def test_that_is_not_public_and_sends_no_packet(self, host, connected):
        with pytest.raises(http.AddressRefused):
            get(f"https://{host}/")

        assert connected == []

    @pytest.mark.parametrize("answers", [[PRIVATE], [PUBLIC, PRIVATE], [PUBLIC, "::1"]])
    def test_when_one_answer_of_the_resolver_is_not_public(self, answers, names, connected):
        names(answers)

        with pytest.raises(http.AddressRefused):
            get("https://shop.example/")

        assert connected == []

    def test_of_a_name_that_answers_differently_the_second_time(self, names, connected, at_once):
        asked = names([PUBLIC], [PRIVATE])

        with pytest.raises(http.AddressRefused):
            get("https://shop.example/", attempts=3)

        assert connected == [(PUBLIC, 443)]
        assert asked == ["shop.example", "shop.example"]

    def test_but_tries_every_public_one_in_turn(self, names, connected):
        asked = names([PUBLIC, "2606:2800:220:1:248:1893:25c8:1946"])

        with pytest.raises(http.Unreachable):
            get("https://shop.example/")

        assert [address for address, _ in connected] == [PUBLIC, "2606:2800:220:1:248:1893:25c8:1946"]
        assert asked == ["shop.example"]

    def test_of_plain_http_unless_it_is_let_through(self, names, connected):
        names([PUBLIC])

        with pytest.raises(http.Unreachable):
            get("http://shop.example/", is_http_allowed=True)

        assert connected == [(PUBLIC, 80)]

    def test_that_differs_from_the_allowed_one_by_its_port_alone(self, speaker, connected):
        server = speaker(saying(200))

        with pytest.raises(http.AddressRefused):
            get(f"http://127.0.0.1:{server.port + 1}/")

        assert connected == []


@pytest.mark.parametrize("address", ["93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
def test_public_addresses_are_public(address):
    assert addresses.is_public(address)


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
