"""Asking the DNS: the only module that knows a resolver. ``settings.DNS_RESOLVER`` names whom to ask."""

import ipaddress
from typing import Any

import dns.exception
import dns.resolver
from django.conf import settings

TRY_SECONDS = 2.0
TOTAL_SECONDS = 5.0  # for one name, whatever the servers do
MAX_RECORDS = 50
MAX_RECORD_CHARS = 4000


class NoAnswer(Exception):
    """The DNS could not be asked just now: this says nothing about the name."""


def texts(name: str) -> list[str]:
    """The TXT records of a name, their strings joined; none is an empty list. Raises NoAnswer."""
    found = []
    for row in _asked(name, "TXT"):
        found.append(b"".join(row.strings).decode("utf-8", "replace")[:MAX_RECORD_CHARS])
    return found


def alias(name: str) -> str:
    """What a name is another name for (CNAME), in small letters, or "". Raises NoAnswer."""
    found = _asked(name, "CNAME")
    return found[0].target.to_text(omit_final_dot=True).lower() if found else ""


def _asked(name: str, kind: str) -> list[Any]:
    try:
        answer = _resolver().resolve(f"{name}.", kind, search=False, lifetime=TOTAL_SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError) as problem:
        raise NoAnswer(type(problem).__name__) from problem
    return list(answer)[:MAX_RECORDS]


def _resolver() -> dns.resolver.Resolver:
    if not settings.DNS_RESOLVER:
        resolver = dns.resolver.Resolver()
    else:
        host, _, port = settings.DNS_RESOLVER.rpartition(":")
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers = [str(ipaddress.ip_address(host.strip("[]")))]
        resolver.port = int(port)
    resolver.timeout = TRY_SECONDS
    resolver.cache = None  # whoever has just entered a record wants to see it
    return resolver
