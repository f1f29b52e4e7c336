"""Who asks: ``Authorization: Bearer rk_…`` and nothing else; no cookie opens the API."""

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from regulars.tenants import bearer, keys, resolving


class Partner:
    """What REST framework calls a user: whoever holds the key."""

    is_authenticated = True

    def __init__(self, holder: keys.Holder) -> None:
        self.holder = holder


class KeyAuthentication(BaseAuthentication):
    """``request.auth`` is the key's ``Holder``. Runs in the public schema, before the tenant is entered."""

    def authenticate(self, request: Request) -> tuple[Partner, keys.Holder]:
        """Raises what ``bearer.holder`` raises."""
        host: resolving.Resolved | None = getattr(request._request, "tenant", None)
        holder = bearer.holder(
            authorization=request.META.get("HTTP_AUTHORIZATION", ""),
            address=request.get_full_path(),
            host=host,
            at=timezone.now(),
        )
        return Partner(holder), holder

    def authenticate_header(self, request: Request) -> str:
        return bearer.CHALLENGE
