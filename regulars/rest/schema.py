"""The API's own description: OpenAPI, made from the code and kept in ``docs/api/openapi.yaml``."""

from functools import cache
from typing import Any

import msgspec
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer

DESCRIPTION = """\
Customers and orders of one workspace, read by programs. Make a key under Settings, API keys, and send it
as `Authorization: Bearer rk_...`. Lists are paged by `next` and `previous`. Errors are problem details
(RFC 9457).
"""


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "regulars.rest.authentication.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "rk_<prefix>_<secret>"}


@cache
def described() -> dict[str, Any]:
    """The OpenAPI document. Raises ValueError when the code leaves something undescribed."""
    GENERATOR_STATS.reset()
    with GENERATOR_STATS.silence():
        document = _generated()
    if GENERATOR_STATS:
        gaps = [*GENERATOR_STATS._error_cache, *GENERATOR_STATS._warn_cache]
        raise ValueError("the API is not fully described: " + "; ".join(gaps))
    document["info"]["description"] = DESCRIPTION
    return document


@cache
def as_json() -> bytes:
    return msgspec.json.encode(described())


def as_yaml() -> str:
    """As it lies in the repository."""
    renderer: Any = OpenApiYamlRenderer()
    return bytes(renderer.render(described(), renderer_context={})).decode()


def _generated() -> dict[str, Any]:
    generator: Any = SchemaGenerator
    document: dict[str, Any] = generator(urlconf="regulars.rest.urls").get_schema(request=None, public=True)
    return document
