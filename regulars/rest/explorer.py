"""What needs no key: the API's description, a reader for it, and the answer to addresses that are none."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from regulars.rest import schema
from regulars.rest.errors import Unknown
from regulars.rest.renderers import OneFormat

# The reader styles its elements inline, which only this page may; it runs no foreign script, reads no cookie.
READER_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class _Open(APIView):
    authentication_classes = []
    permission_classes = []
    content_negotiation_class = OneFormat
    http_method_names = ["get", "head"]


@extend_schema(exclude=True)
class Description(_Open):
    def get(self, request: Request) -> HttpResponse:
        return HttpResponse(schema.as_json(), content_type="application/json")


@extend_schema(exclude=True)
class Reader(_Open):
    def get(self, request: Request) -> HttpResponse:
        page = render(request._request, "rest/reader.html")
        page.headers["Content-Security-Policy"] = READER_POLICY
        return page


@extend_schema(exclude=True)
class Nothing(_Open):
    """Any other address under ``/api``, with any method."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise Unknown("There is nothing at this address. The API is described at /api/v1/docs.")
