"""What every template may name besides its view's context."""

from django.conf import settings
from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, object]:
    return {"public_origin": settings.PUBLIC_ORIGIN, "release": settings.RELEASE}
