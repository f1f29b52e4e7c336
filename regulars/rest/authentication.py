"""Who asks: ``Authorization: Bearer rk_…`` and nothing else; no cookie opens the API (RFC 6750)."""

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from regulars.platform import errors
from regulars.tenants import keys, resolving

CHALLENGE = 'Bearer realm="regulars"'


class KeyMissing(errors.Refused):
    status = 401
    code = "key_missing"


class KeyInUrl(errors.Refused):
    """URLs end up in logs and histories: a key that came in one should be replaced."""

    status = 400
    code = "key_in_url"


class WrongHost(errors.Refused):
    status = 403
    code = "wrong_host"


class Partner:
    """What REST framework calls a user: whoever holds the key."""

    is_authenticated = True

    def __init__(self, holder: keys.Holder) -> None:
        self.holder = holder


class KeyAuthentication(BaseAuthentication):
    """``request.auth`` is the key's ``Holder``. Runs in the public schema, before the tenant is entered."""

    def authenticate(self, request: Request) -> tuple[Partner, keys.Holder]:
        """Raises KeyInUrl, KeyMissing, keys.KeyRefused, and WrongHost for another tenant's address."""
        if keys.LOOKS_LIKE_A_KEY.search(request.get_full_path()):
            raise KeyInUrl(
                "A key does not belong into a URL, which is logged on its way. Send it as "
                "'Authorization: Bearer ...', and replace this one."
            )
        scheme, _, key = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise KeyMissing("Send your API key as 'Authorization: Bearer rk_...'.")
        holder = keys.resolve(key.strip(), at=timezone.now())
        host: resolving.Resolved | None = getattr(request._request, "tenant", None)
        if host is not None and host.id != holder.tenant.id:
            raise WrongHost("This key does not belong to the workspace at this address.")
        return Partner(holder), holder

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE
