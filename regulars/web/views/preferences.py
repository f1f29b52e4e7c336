"""How a visitor wants to see things: kept in cookies of the host, so that no page flashes."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from regulars.web.access import everybody

COOKIE_SECONDS = 365 * 24 * 3600
THEMES = frozenset({"light", "dark"})
LANGUAGES = frozenset(code for code, _ in settings.LANGUAGES)


@everybody
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """``theme``: light, dark; anything else follows the device."""
    return _remembering(request, "theme", request.POST.get("theme", ""), THEMES)


@everybody
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    return _remembering(request, settings.LANGUAGE_COOKIE_NAME, request.POST.get("language", ""), LANGUAGES)


def _remembering(request: HttpRequest, name: str, value: str, allowed: frozenset[str]) -> HttpResponse:
    after = request.POST.get("next", "")
    is_a_path = after.startswith("/")  # else redirect() would take a word for a view's name
    if not (is_a_path and url_has_allowed_host_and_scheme(after, allowed_hosts=None)):
        after = "/"
    answer = redirect(after)
    if value in allowed:
        answer.set_cookie(name, value, max_age=COOKIE_SECONDS, samesite="Lax", secure=request.is_secure())
    else:
        answer.delete_cookie(name)
    return answer
