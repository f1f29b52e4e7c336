"""In whose name a tenant's mail goes out, and what stands at its foot."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from regulars.integrations.email import domains
from regulars.integrations.email.letters import message
from regulars.integrations.email.letters.lines import line
from regulars.integrations.email.models import Sender, SendingDomain
from regulars.platform import errors, tenancy
from regulars.platform.facts import facts
from regulars.tenants.models import Tenant

MAX_NAME_CHARS = 120
MAX_COMPANY_CHARS = 200
MAX_POSTAL_CHARS = 500
SUBJECT = UUID("0190aaaa-0000-7000-8000-000000000001")  # of the facts: a tenant has one sender


class BadSender(errors.Invalid):
    """``field`` names what is wrong: name, address, reply_to, company or postal_address."""

    code = "bad_sender"

    def __init__(self, said: str, *, field: str) -> None:
        super().__init__(said)
        self.field = field


class SenderNotVerified(BadSender):
    """The address lies in no domain that DNS vouches for: receivers would take the mail for a forgery."""

    code = "sender_not_verified"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """As mail goes out now. ``domain`` is the one that signs; without it only members may be mailed.

    ``return_path`` is the domain of the envelope's sender.
    """

    from_name: str
    from_address: str
    reply_to: str
    company: str
    postal_address: str
    domain: SendingDomain | None
    is_verified: bool
    return_path: str


def standing() -> Standing:
    """The open tenant's sender. An address whose domain is not verified (any more) is not used."""
    said = kept()
    schema = tenancy.current()
    with tenancy.shared():
        tenant = Tenant.objects.get(schema_name=schema)
    domain = domains.verified(said.address.rpartition("@")[2]) if said.address else None
    return Standing(
        from_name=said.name or tenant.name,
        from_address=said.address if domain else f"{tenant.slug}@{settings.MAIL_DOMAIN}",
        reply_to=said.reply_to,
        company=said.company,
        postal_address=said.postal_address,
        domain=domain,
        is_verified=domain is not None,
        return_path=domains.return_path(domain),
    )


def kept() -> Sender:
    """The row as it was filled in; an empty one where nothing was yet."""
    return Sender.objects.first() or Sender()


@tenancy.atomic
def change(
    *,
    name: str,
    address: str,
    reply_to: str,
    company: str,
    postal_address: str,
    at: datetime,
    actor_id: UUID | None = None,
) -> Sender:
    """Raises BadSender; SenderNotVerified for an address outside the tenant's verified domains."""
    words = {
        "name": _short(line(name, most=MAX_NAME_CHARS + 1), "name", MAX_NAME_CHARS),
        "company": _short(line(company, most=MAX_COMPANY_CHARS + 1), "company", MAX_COMPANY_CHARS),
        "postal_address": _short(
            "\n".join(filter(None, map(line, postal_address.splitlines()))),
            "postal_address",
            MAX_POSTAL_CHARS,
        ),
        "address": _address(address, "address"),
        "reply_to": _address(reply_to, "reply_to"),
    }
    if words["address"] and domains.verified(words["address"].rpartition("@")[2]) is None:
        said = _("Add the domain of this address below and prove it first: receivers refuse mail without.")
        raise SenderNotVerified(said, field="address")
    sender, _is_new = Sender.objects.update_or_create(pk=1, defaults={**words, "changed_at": at})
    facts.record("sender.changed", subject_id=SUBJECT, at=at, actor_id=actor_id)
    return sender


def _address(given: str, field: str) -> str:
    if not given.strip():
        return ""
    try:
        local, _at, domain = message.checked_address(given.strip()).rpartition("@")
    except message.BadAddress as problem:
        raise BadSender(str(problem), field=field) from None
    return f"{local}@{domain.lower()}"


def _short(text: str, field: str, most: int) -> str:
    if len(text) > most:
        raise BadSender(_("At most %(most)d characters.") % {"most": most}, field=field)
    return text
