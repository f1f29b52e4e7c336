"""A campaign's mail for one recipient: the frozen letter, merged, with the recipient's own addresses."""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings

from regulars.crm_core.customers.models import Contact
from regulars.integrations.email import domains
from regulars.integrations.email.letters import message
from regulars.integrations.email.letters.letter import Letter
from regulars.integrations.email.letters.signing import Signer
from regulars.integrations.email.models import Campaign, Recipient, SendingDomain
from regulars.integrations.email.tokens import Maker, Purpose
from regulars.tenants import provisioning, workspaces

PATH = "/m/"  # urls_tenant.py hangs the tracking pages here


class Writer:
    """Keeps what all mails of a campaign share: letter, keys, signer. Make one for a turn, not for a mail."""

    def __init__(self, campaign: Campaign) -> None:
        tenant = workspaces.current()
        self.campaign = campaign
        self.letter = Letter.from_json(campaign.letter or {})
        self.tokens = Maker()
        self.tenant = tenant.schema_name
        self.base = site(tenant.slug) + PATH
        self.domain = campaign.from_address.rpartition("@")[2]
        self.feedback_id = f"{campaign.pk.hex[-12:]}:{tenant.slug}:campaign:regulars"
        self.bounces = domains.return_path(campaign.domain)
        self.signer = signer_of(campaign.domain)

    def written(self, recipient: Recipient, *, at: datetime) -> bytes:
        """The bytes to hand over. Raises message.BadAddress for an address that mail cannot be sent to."""
        return message.built(
            self.letter,
            to=recipient.email,
            to_name=recipient.contact.name,
            values=values_of(recipient.contact),
            addresses=self._addresses(recipient.pk),
            stamp=self._stamp(recipient.pk, at=at),
            signer=self.signer,
        )

    def return_path(self, recipient: Recipient) -> str:
        """Where the mail comes back to: an address of its own, so that a bounce tells whose it is."""
        return f"{self.tokens.token(Purpose.MESSAGE, recipient=recipient.pk)}@{self.bounces}"

    def _addresses(self, recipient: int) -> message.Addresses:
        token = self.tokens.token
        way_out = f"{self.base}u/{token(Purpose.UNSUBSCRIBE, recipient=recipient)}"
        return message.Addresses(
            links=[
                f"{self.base}c/{token(Purpose.CLICK, recipient=recipient, link=position)}"
                for position in range(len(self.letter.links))
            ],
            unsubscribe=way_out,
            one_click=way_out,
            pixel=f"{self.base}o/{token(Purpose.OPEN, recipient=recipient)}.gif",
        )

    def _stamp(self, recipient: int, *, at: datetime) -> message.Stamp:
        campaign = self.campaign
        return message.Stamp(
            from_name=campaign.from_name,
            from_address=campaign.from_address,
            reply_to=campaign.reply_to,
            message_id=f"<{self.tokens.token(Purpose.MESSAGE, recipient=recipient)}@{self.domain}>",
            feedback_id=self.feedback_id,
            at=at,
            unsubscribe_mailto="",
            tenant=mark_of(self.tenant),
        )


def values_of(contact: Contact) -> Mapping[str, str]:
    """The merge tags' values for one customer."""
    return {
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "name": contact.name,
        "company": contact.company,
        "city": contact.city,
    }


def signer_of(domain: SendingDomain | None) -> Signer | None:
    """Who signs for the domain; nobody without one."""
    return None if domain is None else domains.signer(domain)


def mark_of(schema: str) -> str:
    """By what the page of caught mail knows whose a mail is; nothing where mail leaves the house."""
    return schema if settings.MAIL_CATCHER_FOLDER else ""


def site(slug: str) -> str:
    """The address of a tenant's site, without a slash at its end."""
    return f"{settings.SCHEME}://{provisioning.host_of(slug)}{settings.SHOWN_PORT}"
