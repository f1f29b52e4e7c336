"""How often a key may ask, told in the headers of each answer.

``RateLimit`` and ``RateLimit-Policy`` as in draft-ietf-httpapi-ratelimit-headers.
"""

import math
from typing import cast

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from regulars.platform import buckets
from regulars.tenants import bearer, keys

POLICY = f'"key";q={buckets.BUCKET_TOKENS};w={buckets.REFILL_SECONDS}'


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
    response.headers["RateLimit-Policy"] = POLICY
    remaining, seconds = math.floor(taken.tokens), math.ceil(taken.refill_seconds)
    response.headers["RateLimit"] = f'"key";r={remaining};t={seconds}'
