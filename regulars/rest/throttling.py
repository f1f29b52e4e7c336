"""How often a key may ask, told in the headers of each answer.

``RateLimit`` and ``RateLimit-Policy`` as in draft-ietf-httpapi-ratelimit-headers.
"""

from typing import cast

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from regulars.platform import buckets
from regulars.tenants import bearer, keys


class KeyThrottle(BaseThrottle):
    taken: buckets.Taken

    def allow_request(self, request: Request, view: APIView) -> bool:
        holder = cast(keys.Holder, request.auth)
        self.taken = buckets.take(bearer.bucket(holder))
        request._request.taken = self.taken  # type: ignore[attr-defined]
        return self.taken.is_taken

    def wait(self) -> float:
        return self.taken.wait_seconds


def tell(response: HttpResponse, taken: buckets.Taken) -> None:
    """Put what is left of the limit into the answer's headers."""
    for name, words in buckets.told(taken).items():
        response.headers[name] = words
