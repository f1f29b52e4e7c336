"""In which language and time zone a page is shown: by cookie, person, browser or tenant."""

import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from regulars.platform import zones

Answer = Callable[[HttpRequest], HttpResponse]
OFFERED = frozenset(code for code, _ in settings.LANGUAGES)


class LanguageMiddleware:
    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with translation.override(_language(request)), timezone.override(_zone(request)):
            request.LANGUAGE_CODE = translation.get_language()
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or "en")
            return response


def _language(request: HttpRequest) -> str:
    person, tenant = request.person, request.tenant  # type: ignore[attr-defined]
    for word in (
        request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""),
        person.language if person else "",
    ):
        if word in OFFERED:
            return word
    if person is None or tenant is None:
        return translation.get_language_from_request(request)
    return tenant.language if tenant.language in OFFERED else settings.LANGUAGE_CODE


def _zone(request: HttpRequest) -> zoneinfo.ZoneInfo:
    person, tenant = request.person, request.tenant  # type: ignore[attr-defined]
    for name in (person.time_zone if person else "", tenant.time_zone if tenant else ""):
        if name and name in zones.names():
            return zoneinfo.ZoneInfo(name)
    return zoneinfo.ZoneInfo("UTC")
