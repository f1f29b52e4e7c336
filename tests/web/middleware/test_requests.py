import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from regulars.web.middleware import requests

NEAR, FAR, LIAR = "10.0.0.2", "203.0.113.5", "198.51.100.9"


def seen(remote, forwarded=None, **more):
    addresses = []

    def view(request):
        addresses.append(request.META["REMOTE_ADDR"])
        return HttpResponse()

    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory().get("/", headers={**headers, **more}, REMOTE_ADDR=remote)
    request.resolver_match = None
    return requests.follow(view)(request), addresses[0]


class TestFollow:
    @pytest.mark.parametrize(
        ("remote", "forwarded", "believed"),
        [
            (FAR, None, FAR),
            (FAR, LIAR, FAR),
            (NEAR, FAR, FAR),
            (NEAR, f"{LIAR}, {FAR}", FAR),
            (NEAR, f"{LIAR}, {FAR}, {NEAR}", FAR),
            (NEAR, None, NEAR),
        ],
    )
    def test_believes_the_nearest_address_that_is_no_proxy_of_ours(
        self, settings, remote, forwarded, believed
    ):
        settings.TRUSTED_PROXIES = [NEAR]

        assert seen(remote, forwarded)[1] == believed

    def test_gives_each_request_an_id_and_keeps_a_sound_one(self):
        made, _ = seen(FAR)
        kept, _ = seen(FAR, **{"X-Request-Id": "abcdef-123456"})
        refused, _ = seen(FAR, **{"X-Request-Id": "<script>alert(1)</script>"})

        assert len(made["X-Request-Id"]) == 32
        assert kept["X-Request-Id"] == "abcdef-123456"
        assert len(refused["X-Request-Id"]) == 32
