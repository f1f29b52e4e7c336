"""The content security policy of every page: own files only, nothing inline, no eval.

https://www.w3.org/TR/CSP3/. ``form-action`` also governs the redirects that follow a form, so the public
host names the tenants' hosts (``settings.TENANT_ORIGINS``): without them the browser blocks
the hand-over after sign-in.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

HEADER = "Content-Security-Policy"
POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "frame-ancestors": "'none'",
}
FIXED = "; ".join(f"{name} {sources}" for name, sources in POLICY.items())


class ContentSecurityPolicy:
    """Puts the policy on each answer. A view that set one of its own (an API explorer) keeps it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if HEADER not in response:
            response[HEADER] = f"{FIXED}; form-action {_form_targets(request)}"
        return response


def _payment_pages() -> list[str]:
    if not settings.STRIPE_API_KEY:
        return []
    return [settings.STRIPE_API_ADDRESS] if settings.STRIPE_API_ADDRESS else settings.STRIPE_PAGES


def _form_targets(request: HttpRequest) -> str:
    if getattr(request, "tenant", None) is not None:
        # Signing out goes to the public host, paying to the payment service.
        return " ".join(["'self'", settings.PUBLIC_ORIGIN, *_payment_pages()])
    return " ".join(["'self'", *settings.TENANT_ORIGINS])
