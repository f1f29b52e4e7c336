"""What DNS must say of a domain that mail is sent from, and what it says. Pure but for the questions asked.

Receivers let a mail pass (DMARC, RFC 7489) when it is signed by the domain of its From address, or by one
that belongs to the same organisation. We sign with the very domain of the From address, so alignment holds
in the strict mode too, and a mail can fail only when our key is not found there.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.utils.translation import gettext as _

from regulars.integrations.email import resolver
from regulars.integrations.email.resolver import Patience

LOOK_SECONDS = 5.0  # for all questions about a domain together: somebody waits for the page
MAX_NAME_CHARS = 200  # leaves room for the names under it
MAX_LABELS = 5  # each is a question to name servers that may be slow on purpose, while somebody waits
MAX_SEEN_CHARS = 300
A_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
POLICIES = ("none", "quarantine", "reject")
BOUNCES = "bounce"


class State(StrEnum):
    FINE = "fine"
    MISSING = "missing"
    WRONG = "wrong"
    TWICE = "twice"  # receivers take none of two
    UNKNOWN = "unknown"  # the DNS could not be asked


@dataclass(frozen=True, kw_only=True)
class Finding:
    state: State
    seen: str = ""

    def to_json(self) -> dict[str, str]:
        return {"state": self.state, "seen": self.seen[:MAX_SEEN_CHARS]}


@dataclass(frozen=True, kw_only=True)
class Record:
    """One record to enter at the registrar; ``key`` is its name in ``SendingDomain.findings``."""

    key: str
    kind: str  # TXT, CNAME
    host: str  # the whole name
    value: str
    is_needed: bool


def normal(name: str) -> str:
    """A domain as DNS writes it (small letters, ``xn--``), or "" when it is none that mail can come from."""
    plain = name.strip().rstrip(".").lower()
    if not plain.isascii():
        try:
            plain = plain.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    is_short = len(plain) <= MAX_NAME_CHARS and plain.count(".") < MAX_LABELS
    return plain if is_short and A_NAME.fullmatch(plain) else ""


def wanted(*, name: str, selector: str, public_key: str) -> list[Record]:
    """What to enter: the key that mails are signed with, a policy, and a return path of the domain's own."""
    return [
        Record(
            key="dkim",
            kind="TXT",
            host=f"{selector}._domainkey.{name}",
            value=f"v=DKIM1; k=rsa; p={public_key}",
            is_needed=True,
        ),
        Record(key="dmarc", kind="TXT", host=f"_dmarc.{name}", value="v=DMARC1; p=none", is_needed=True),
        Record(
            key="return_path",
            kind="CNAME",
            host=f"{BOUNCES}.{name}",
            value=f"{BOUNCES}.{settings.MAIL_DOMAIN}",
            is_needed=False,
        ),
    ]


def found(*, name: str, selector: str, public_key: str) -> dict[str, Finding]:
    """What DNS says now, by the key of the record; within LOOK_SECONDS, what it has not said is UNKNOWN."""
    patience = Patience(LOOK_SECONDS)
    return {
        "dkim": _asked(lambda: _dkim(f"{selector}._domainkey.{name}", public_key, patience)),
        "dmarc": _asked(lambda: _dmarc(name, patience)),
        "return_path": _asked(lambda: _return_path(name, patience)),
    }


def _asked(question: Callable[[], Finding]) -> Finding:
    try:
        return question()
    except resolver.NoAnswer as problem:
        return Finding(state=State.UNKNOWN, seen=str(problem))


def _dkim(host: str, public_key: str, patience: Patience) -> Finding:
    rows = [row for row in resolver.texts(host, patience) if "p=" in row]
    if not rows:
        return Finding(state=State.MISSING)
    if len(rows) > 1:
        return Finding(state=State.TWICE, seen=rows[1])
    tags = _tags(rows[0])
    hashes, services = tags.get("h", "sha256").split(":"), tags.get("s", "*").split(":")
    is_fine = (
        tags.get("v", "DKIM1") == "DKIM1"
        and tags.get("k", "rsa") == "rsa"
        and "sha256" in hashes
        and bool({"*", "email"} & set(services))
        and "".join(tags.get("p", "").split()) == public_key
    )
    return Finding(state=State.FINE if is_fine else State.WRONG, seen=rows[0])


def _dmarc(name: str, patience: Patience) -> Finding:
    """The policy of the domain, or of the nearest one above it, which holds for it too."""
    labels = name.split(".")
    for first in range(len(labels) - 1):
        rows = [
            row for row in resolver.texts("_dmarc." + ".".join(labels[first:]), patience) if _is_dmarc(row)
        ]
        if len(rows) > 1:
            return Finding(state=State.TWICE, seen=rows[1])
        if rows:
            policy = _tags(rows[0]).get("p", "").lower()
            return Finding(state=State.FINE if policy in POLICIES else State.WRONG, seen=rows[0])
    return Finding(state=State.MISSING)


def _return_path(name: str, patience: Patience) -> Finding:
    leads = resolver.alias(f"{BOUNCES}.{name}", patience)
    if not leads:
        return Finding(state=State.MISSING)
    is_fine = leads == f"{BOUNCES}.{settings.MAIL_DOMAIN}".lower()
    return Finding(state=State.FINE if is_fine else State.WRONG, seen=leads)


def _is_dmarc(row: str) -> bool:
    return re.match(r"v\s*=\s*DMARC1\s*(;|$)", row) is not None


def _tags(row: str) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in row.split(";")]
    return {name.strip(): value.strip() for name, sign, value in pairs if sign}


def words(record: Record, state: str) -> str:
    """What was found, with the way out, for the owner. ``state`` may be "" for a record not looked at yet."""
    said = {
        State.FINE: _("Found, and right."),
        State.MISSING: _(
            "Not found yet. Enter it where your domain is managed; it can take an hour until it is seen."
        ),
        State.WRONG: _("Something else is entered there: replace it with the value shown."),
        State.TWICE: _("There is more than one such record, and receivers then take none: remove the other."),
        State.UNKNOWN: _("The name servers of the domain did not answer in time. Check again in a moment."),
    }
    if not record.is_needed and state == State.MISSING:
        return _("Optional: mails that bounce then come back by a name of your own.")
    return said[State(state)] if state in set(State) else _("Not checked yet.")
