"""What every template may name besides its view's context."""

from functools import partial

from django.conf import settings
from django.http import HttpRequest

from regulars.web import standing


def shell(request: HttpRequest) -> dict[str, object]:
    return {
        "public_origin": settings.PUBLIC_ORIGIN,
        "release": settings.RELEASE,
        "standing": partial(standing.banner, request),
    }
