"""``Authorization: Bearer rk_…`` and nothing else: how a key comes to either API (RFC 6750)."""

from datetime import datetime

from regulars.platform import errors
from regulars.tenants import entitlements, keys, resolving

CHALLENGE = 'Bearer realm="regulars"'
UPDATING = "This workspace is being updated, which takes longer than it should. Try again in a minute."
WRITES = ":write"  # what a scope ends with that lets its key change things


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


class BeingUpdated(errors.Refused):
    """The tenant is in quarantine."""

    status = 503
    code = "being_updated"


class MissingScope(errors.Refused):
    status = 403
    code = "missing_scope"


def holder(*, authorization: str, address: str, host: resolving.Resolved | None, at: datetime) -> keys.Holder:
    """Who comes with the key in this header.

    ``address`` is the path with its query, ``host`` the tenant at the host's name (None on the public one,
    where the key names the tenant). Asks in the public schema. Raises KeyInUrl, KeyMissing,
    keys.KeyRefused, WrongHost for another tenant's address, and BeingUpdated.
    """
    if keys.LOOKS_LIKE_A_KEY.search(address):
        raise KeyInUrl(
            "A key does not belong into a URL, which is logged on its way. Send it as "
            "'Authorization: Bearer ...', and replace this one."
        )
    scheme, _, key = authorization.partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise KeyMissing("Send your API key as 'Authorization: Bearer rk_...'.")
    found = keys.resolve(key.strip(), at=at)
    if host is not None and host.id != found.tenant.id:
        raise WrongHost("This key does not belong to the workspace at this address.")
    if found.tenant.is_quarantined:
        raise BeingUpdated(UPDATING)
    return found


def challenge(refusal: errors.Refused) -> str:
    """The ``WWW-Authenticate`` that goes with a refusal of status 401."""
    wrong = "" if refusal.code == KeyMissing.code else ', error="invalid_token"'
    return CHALLENGE + wrong


def require(scope: str, *, holder: keys.Holder) -> None:
    """Raises MissingScope, and ReadOnly or BillingOnly of a workspace that owes money."""
    if scope not in holder.scopes:
        raise MissingScope(f"This key lacks the scope {scope}.")
    entitlements.permit(holder.access, writes=scope.endswith(WRITES))


def bucket(holder: keys.Holder) -> str:
    """The name of the key's bucket, which both APIs take from."""
    return f"{holder.tenant.schema_name}:{holder.key_id.hex}"
