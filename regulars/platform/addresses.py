"""Which addresses outgoing calls may go to: the guard against server-side request forgery.

A subscriber gives us the address of a shop; without this it could be that of our own database. The name is
resolved once, every answer must be an address of the public internet, and the call then connects to that
very address, so that a name which answers differently a second time (DNS rebinding) gains nothing.
"""

import ipaddress
import socket
from collections.abc import Collection
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from regulars.platform import errors

HTTPS_PORT = 443
HTTP_PORT = 80
MAX_URL_CHARS = 2000

# is_global alone lets these through, or decides differently between Python's releases.
NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        "100.64.0.0/10",  # shared by carriers (RFC 6598)
        "192.88.99.0/24",  # 6to4 relays (RFC 7526)
        "64:ff9b::/96",  # NAT64 (RFC 6052): reaches IPv4 behind the translator
        "64:ff9b:1::/48",  # local NAT64 (RFC 8215)
        "2002::/16",  # 6to4 (RFC 3056): an IPv4 address inside
        "2001::/32",  # Teredo (RFC 4380): an IPv4 address inside
    )
)


class AddressRefused(errors.Invalid):
    """The address is not one that we call: wrong scheme or port, or not on the public internet."""

    code = "address_refused"


def target(*, url: str, is_http_allowed: bool, allowed_private: Collection[str]) -> tuple[str, int]:
    """The host and port that a URL names. Raises AddressRefused.

    ``allowed_private`` holds ``host:port`` pairs that tests and development may call, whatever they are.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise AddressRefused(_("This is not an address.")) from None
    if len(url) > MAX_URL_CHARS or not host or parts.username is not None or parts.password is not None:
        raise AddressRefused(_("This is not an address that we can call."))
    # A backslash is a slash to some readers of URLs and part of the host to others.
    if any(ord(sign) <= 32 or ord(sign) == 127 or sign == "\\" for sign in url):
        raise AddressRefused(_("An address holds no spaces or backslashes."))
    standard_port = {"https": HTTPS_PORT, "http": HTTP_PORT}.get(parts.scheme)
    if standard_port is None:
        raise AddressRefused(_("An address begins with https://."))
    port = standard_port if port is None else port
    if f"{host}:{port}" in allowed_private:
        return host, port
    if parts.scheme == "http" and not is_http_allowed:
        raise AddressRefused(_("Only https:// addresses are called."))
    if port != standard_port:
        raise AddressRefused(_("Only the standard port is called, not %(port)d.") % {"port": port})
    return host, port


def resolved(*, host: str, port: int, allowed_private: Collection[str]) -> list[str]:
    """The addresses to connect to, in the resolver's order; every one must be public.

    Raises AddressRefused when one is not, and OSError when there is none. Numbers in unusual forms
    (``0x7f000001``, ``2130706433``) are read by the same resolver and judged by what comes out.
    """
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    found = [str(answer[4][0]) for answer in answers]
    if not found:
        raise OSError("The name has no address.")
    if f"{host}:{port}" not in allowed_private:
        for address in found:
            if not is_public(address):
                raise AddressRefused(_("This address is not on the public internet."))
    return found


def is_public(address: str) -> bool:
    """Whether an address in numbers is one of the public internet, be it IPv4 or IPv6."""
    try:
        number = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(number, "ipv4_mapped", None)
    if mapped is not None:
        number = mapped
    if any(number.version == network.version and number in network for network in NOT_PUBLIC):
        return False
    return number.is_global and not (number.is_multicast or number.is_reserved or number.is_unspecified)
