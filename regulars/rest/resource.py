"""What all resources share: the key opens the tenant, the answer is one page or one thing."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, cast
from urllib.parse import urlencode

import msgspec
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from regulars.platform import tenancy
from regulars.platform.pagination import Page
from regulars.rest import throttling
from regulars.rest.renderers import OneFormat
from regulars.tenants import keys

LANGUAGE = "en"  # programs read this, and their programmers: not the browser's language, nor the tenant's


class Answered(msgspec.Struct):
    """A page of results and the addresses of its neighbors."""

    results: Sequence[Any]
    next: str | None
    previous: str | None


class Resource(APIView):
    """Subclasses say ``scope`` and ``read``, which runs inside the key's tenant."""

    scope: ClassVar[str]
    http_method_names = ["get", "head"]
    throttle_classes = [throttling.KeyThrottle]
    content_negotiation_class = OneFormat

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with translation.override(LANGUAGE):
            return super().dispatch(request, *args, **kwargs)

    def get(self, request: Request, **path: Any) -> Response:
        holder = cast(keys.Holder, request.auth)
        with tenancy.opened(holder.tenant.schema_name):
            return Response(self.read(request, holder, **path))

    def read(self, request: Request, holder: keys.Holder, **path: Any) -> msgspec.Struct:
        raise NotImplementedError

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        found = super().finalize_response(request, response, *args, **kwargs)
        found.headers["Cache-Control"] = "no-store"
        found.headers["Content-Language"] = LANGUAGE
        taken = getattr(request, "taken", None)
        if taken is not None:
            throttling.tell(found, taken)
        return found


def salt(name: str, holder: keys.Holder, given: Mapping[str, Any]) -> str:
    """What a cursor is bound to: this list, this tenant, these filters; the size of a page may change."""
    filters = {key: str(value) for key, value in given.items() if key not in ("limit", "cursor")}
    return f"rest:{name}:{holder.tenant.schema_name}:{urlencode(sorted(filters.items()))}"


def answered(request: Request, page: Page[Any], results: Sequence[Any]) -> Answered:
    def address(cursor: str | None) -> str | None:
        if cursor is None:
            return None
        query = {**request.query_params.dict(), "cursor": cursor}
        return request.build_absolute_uri(f"{request.path}?{urlencode(query)}")

    return Answered(results=results, next=address(page.next), previous=address(page.previous))
