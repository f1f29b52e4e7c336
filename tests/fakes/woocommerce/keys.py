"""How WooCommerce checks keys: Basic over TLS only, one-legged OAuth 1.0a over plain http only (measured)."""

import base64
import hashlib
import hmac
from urllib.parse import quote

WINDOW_SECONDS = 15 * 60
NEEDED = ("oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature", "oauth_signature_method")


class Keys:
    def __init__(self, *, key, secret, clock):
        self.key = key
        self.secret = secret
        self.clock = clock
        self.nonces = set()

    def refusal(self, *, method, url, params, authorization, is_tls):
        """The message of a 401, or None. ``url`` without its query; ``params`` a list of pairs."""
        if is_tls:
            return self._basic(authorization)
        given = dict(params)
        if any(not given.get(name) for name in NEEDED):
            return "Sorry, you cannot list resources."
        if given["oauth_consumer_key"] != self.key:
            return "Consumer key is invalid."
        hashed = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}.get(
            given["oauth_signature_method"]
        )
        if hashed is None:
            return "Invalid signature - signature method is invalid."
        signed = sorted((_raw(name), _raw(value)) for name, value in params if name != "oauth_signature")
        text = "%26".join(f"{_raw(name)}%3D{_raw(value)}" for name, value in signed)
        base = f"{method}&{_raw(url)}&{text}".encode()
        expected = base64.b64encode(hmac.new(f"{self.secret}&".encode(), base, hashed).digest()).decode()
        if given["oauth_signature"] != expected:
            return "Invalid signature - provided signature does not match."
        if abs(int(given["oauth_timestamp"]) - self.clock()) > WINDOW_SECONDS:
            return "Invalid timestamp."
        if given["oauth_nonce"] in self.nonces:
            return "Invalid nonce - nonce has already been used."
        self.nonces.add(given["oauth_nonce"])
        return None

    def _basic(self, authorization):
        expected = base64.b64encode(f"{self.key}:{self.secret}".encode()).decode()
        return None if authorization == f"Basic {expected}" else "Consumer key is invalid."


def _raw(text):
    """PHP's rawurlencode."""
    return quote(text, safe="~")
