"""OAuth 1.0a without a user ("one-legged", RFC 5849): the only way WooCommerce takes keys over plain http.

The secret itself never goes over the wire. Parameters travel in the query, signed with HMAC-SHA256.
"""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from regulars.platform import signatures

METHOD = "HMAC-SHA256"


def signed_query(
    *,
    method: str,
    url: str,
    params: Mapping[str, str],
    key: str,
    secret: str,
    timestamp: int,
    nonce: str,
) -> str:
    """The query to send: ``params``, the protocol's own, and the signature over it all."""
    signed = {
        **params,
        "oauth_consumer_key": key,
        "oauth_nonce": nonce,
        "oauth_signature_method": METHOD,
        "oauth_timestamp": str(timestamp),
    }
    signed["oauth_signature"] = signature(method=method, url=url, params=signed, secret=secret)
    return urlencode(signed, quote_via=quote)


def signature(*, method: str, url: str, params: Mapping[str, str], secret: str) -> str:
    """RFC 5849, 3.4: parameters encoded, sorted and joined; that, method and URL encoded once more."""
    pairs = sorted((_encoded(name), _encoded(value)) for name, value in params.items())
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    base = "&".join(_encoded(part) for part in (method.upper(), url, joined))
    return signatures.sign(secret=f"{_encoded(secret)}&".encode(), message=base.encode())


def _encoded(word: str) -> str:
    return quote(word, safe="~")
