"""Where the outgoing client may go, and where not."""

import pytest

from regulars.platform import addresses, http
from tests.fakes.sockets import saying
from tests.platform.calls import get

PUBLIC = "93.184.216.34"
PRIVATE = "10.0.0.5"


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
