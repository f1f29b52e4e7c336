"""Asking the DNS: the only module that knows a resolver. ``settings.DNS_RESOLVER`` names whom to ask."""

import ipaddress
import time
from typing import Any

import dns.exception
import dns.resolver
from django.conf import settings

TRY_SECONDS = 2.0
MAX_RECORDS = 50
MAX_RECORD_CHARS = 4000


class NoAnswer(Exception):
    """The DNS could not be asked just now: this says nothing about the name."""


class Patience:
    """How long all questions of one look may last together, whatever the servers do."""

    def __init__(self, seconds: float) -> None:
        self.ends = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds; not above zero when it is at an end."""
        return self.ends - time.monotonic()


def texts(name: str, patience: Patience) -> list[str]:
    """The TXT records of a name, their strings joined; none is an empty list. Raises NoAnswer."""
    found = []
    for row in _asked(name, "TXT", patience):
        found.append(b"".join(row.strings).decode("utf-8", "replace")[:MAX_RECORD_CHARS])
    return found


def alias(name: str, patience: Patience) -> str:
    """What a name is another name for (CNAME), in small letters, or "". Raises NoAnswer."""
    found = _asked(name, "CNAME", patience)
    return found[0].target.to_text(omit_final_dot=True).lower() if found else ""


def _asked(name: str, kind: str, patience: Patience) -> list[Any]:
    if (seconds := patience.left()) <= 0:
        raise NoAnswer("Timeout")
    try:
        answer = _resolver().resolve(f"{name}.", kind, search=False, lifetime=seconds)
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
