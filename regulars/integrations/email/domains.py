"""Domains that a tenant may send mail from, once DNS says they belong to them."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import lru_cache
from secrets import token_hex
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from regulars.integrations.email import records
from regulars.integrations.email.letters import signing
from regulars.integrations.email.models import SendingDomain
from regulars.integrations.email.records import Finding, Record, State
from regulars.platform import errors, tenancy
from regulars.platform.facts import facts

MAX_DOMAINS = 5  # of a tenant
SELECTOR_BYTES = 5
NEEDED = ("dkim", "dmarc")
GONE = (State.MISSING, State.WRONG)  # of the key; with a second one beside it, ours is still there
LAPSES_AFTER = timedelta(days=1)
CHECKED = ("findings", "checked_at", "verified_at", "missed_at", "lapsed_at")  # what a look may change
KEPT_SIGNERS = 200


class BadDomain(errors.Invalid):
    code = "bad_sending_domain"


class DomainTaken(errors.Refused):
    """The tenant has it already, or the name is the house's own."""

    code = "sending_domain_taken"


class TooManyDomains(errors.Refused):
    code = "too_many_sending_domains"


class UnknownDomain(errors.NotFound):
    code = "unknown_sending_domain"


@tenancy.atomic
def add(*, name: str, at: datetime, actor_id: UUID | None = None) -> SendingDomain:
    """A domain to prove, with a key made for it. Raises BadDomain, DomainTaken and TooManyDomains.

    Two tenants may add the same one: each has a selector and a key of its own, and whoever manages the
    domain's DNS decides whose are entered.
    """
    plain = records.normal(name)
    if not plain:
        raise BadDomain(_("This is not a domain: it looks like shop.example."))
    house = settings.MAIL_DOMAIN.lower()
    if plain == house or plain.endswith(f".{house}"):
        raise DomainTaken(_("This domain is ours. Enter the one of your shop."))
    tenancy.lock("sending domains")
    standing = set(SendingDomain.objects.filter(removed_at=None).values_list("name", flat=True))
    if plain in standing:
        raise DomainTaken(_("You have added this domain already."))
    if len(standing) >= MAX_DOMAINS:
        raise TooManyDomains(_("At most %(most)d domains. Remove one first.") % {"most": MAX_DOMAINS})
    private_key, public_key = signing.new_key()
    domain = SendingDomain.objects.create(
        name=plain,
        selector=f"r{token_hex(SELECTOR_BYTES)}",
        private_key=private_key,
        public_key=public_key,
        added_at=at,
    )
    facts.record("domain.added", subject_id=domain.pk, at=at, actor_id=actor_id)
    return domain


def check(domain_id: UUID, *, at: datetime, actor_id: UUID | None = None) -> SendingDomain:
    """Ask DNS, without a transaction open meanwhile, and keep what it said.

    Verified is a domain whose key and policy are both there. It lapses when its key is missing, or replaced
    by another, and still is LAPSES_AFTER later: a slip of who manages the domain costs nothing, and what DNS
    does not say (``did_answer``) changes nothing. At most records.LOOK_SECONDS. Raises UnknownDomain.
    """
    domain = found(domain_id)
    said = records.found(name=domain.name, selector=domain.selector, public_key=domain.public_key)
    return _keep(domain_id, said, at, actor_id)


def look_again(*, at: datetime) -> None:
    """``check`` by the clock, of each verified domain of the open tenant."""
    for domain in SendingDomain.objects.filter(removed_at=None, verified_at__isnull=False).order_by("pk"):
        said = records.found(name=domain.name, selector=domain.selector, public_key=domain.public_key)
        with suppress(UnknownDomain):  # removed meanwhile
            _keep_of_watch(domain.pk, said, at)


def did_answer(domain: SendingDomain) -> bool:
    """Whether DNS had an answer to all that is needed when it was last asked."""
    return all(domain.findings.get(key, {}).get("state") != State.UNKNOWN for key in NEEDED)


@tenancy.atomic
def remove(*, domain_id: UUID, at: datetime, actor_id: UUID | None = None) -> None:
    """Send nothing more from it; its key is forgotten. Raises UnknownDomain."""
    domain = _locked(domain_id)
    domain.removed_at, domain.verified_at, domain.private_key = at, None, ""
    domain.save(update_fields=["removed_at", "verified_at", "private_key"])
    facts.record("domain.removed", subject_id=domain.pk, at=at, actor_id=actor_id)


def found(domain_id: UUID) -> SendingDomain:
    """Raises UnknownDomain, also for one that was removed."""
    domain = SendingDomain.objects.filter(pk=domain_id, removed_at=None).first()
    if domain is None:
        raise UnknownDomain(_("There is no such domain."))
    return domain


def listed() -> list[SendingDomain]:
    return list(SendingDomain.objects.filter(removed_at=None).order_by("added_at", "pk"))


def verified(name: str) -> SendingDomain | None:
    """The domain of exactly this name, if DNS vouches for it."""
    return SendingDomain.objects.filter(
        name=records.normal(name), removed_at=None, verified_at__isnull=False
    ).first()


def wanted(domain: SendingDomain) -> list[Record]:
    """The records to enter at the registrar, in the order of their importance."""
    return records.wanted(name=domain.name, selector=domain.selector, public_key=domain.public_key)


def return_path(domain: SendingDomain | None) -> str:
    """The domain that mails come back to: the tenant's own name for ours where it is entered, else ours."""
    state = (domain.findings.get("return_path") or {}).get("state") if domain else None
    return f"{records.BOUNCES}.{domain.name}" if domain and state == State.FINE else settings.MAIL_DOMAIN


def signer(domain: SendingDomain) -> signing.Signer:
    """Signs for a verified domain; kept for a while, because loading a key costs more than signing."""
    return _signer(domain.name, domain.selector, domain.private_key)


@lru_cache(maxsize=KEPT_SIGNERS)
def _signer(name: str, selector: str, private_key: str) -> signing.Signer:
    return signing.Signer(domain=name, selector=selector, private_key_pem=private_key)


@tenancy.atomic
def _keep(domain_id: UUID, said: Mapping[str, Finding], at: datetime, actor_id: UUID | None) -> SendingDomain:
    domain = _locked(domain_id)
    known = {key: finding for key, finding in said.items() if key in NEEDED or finding.state != State.UNKNOWN}
    _note(domain, known, at=at, actor_id=actor_id, origin="staff")
    return domain


@tenancy.atomic
def _keep_of_watch(domain_id: UUID, said: Mapping[str, Finding], at: datetime) -> None:
    domain = _locked(domain_id)
    if domain.verified_at is not None and said["dkim"].state != State.UNKNOWN:
        known = {key: finding for key, finding in said.items() if finding.state != State.UNKNOWN}
        _note(domain, known, at=at, actor_id=None, origin="watch")


def _note(
    domain: SendingDomain, known: Mapping[str, Finding], *, at: datetime, actor_id: UUID | None, origin: str
) -> None:
    domain.findings |= {key: finding.to_json() for key, finding in known.items()}
    domain.checked_at = at
    told = _judged(domain, known, at=at)
    domain.save(update_fields=CHECKED)
    if told:
        facts.record(told, subject_id=domain.pk, at=at, actor_id=actor_id, origin=origin)


def _judged(domain: SendingDomain, known: Mapping[str, Finding], *, at: datetime) -> str:
    """What these findings make of the domain: the name of the fact, or "" where it stays what it is."""
    key = known["dkim"].state
    if domain.verified_at is None:
        if all(known[name].state == State.FINE for name in NEEDED):
            domain.verified_at, domain.lapsed_at = at, None
            return "domain.verified"
    elif key not in GONE:
        domain.missed_at = domain.missed_at if key == State.UNKNOWN else None
    elif domain.missed_at is None:
        domain.missed_at = at
        return "domain.missed"
    elif at - domain.missed_at >= LAPSES_AFTER:
        domain.verified_at, domain.missed_at, domain.lapsed_at = None, None, at
        return "domain.lapsed"
    return ""


def _locked(domain_id: UUID) -> SendingDomain:
    domain = SendingDomain.objects.select_for_update().filter(pk=domain_id, removed_at=None).first()
    if domain is None:
        raise UnknownDomain(_("There is no such domain."))
    return domain
