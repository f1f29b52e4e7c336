"""Campaigns that were launched, and the rows of their ledger, without the way there."""

from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from regulars.crm_core.customers.models import Contact
from regulars.crm_core.insight import metrics
from regulars.integrations.email import launching
from regulars.integrations.email.models import (
    Campaign,
    Link,
    Recipient,
    RecipientState,
    Sender,
    SendingDomain,
)
from tests.factories.campaigns import draft, segment
from tests.factories.commerce import NOON
from tests.factories.customers import contact, said

EVERYBODY = {"all": [{"field": "orders_count", "is": "at_least", "value": 0}]}
LINKS = ("https://teashop.example/spring", "https://teashop.example/oolong", "https://teashop.example/about")


def customer(email="ana@example.com", *, consents=True, at=NOON, **more):
    """A customer with a word about e-mail; ``consents`` None: nothing was said."""
    contact(email, at=at, **more)
    made = Contact.objects.get(email__iexact=email)
    if consents is not None:
        said(made, yes=consents, at=at)
    return made


def launched(name="Spring", *, at=NOON, state="sending", links=LINKS, **more):
    campaign = Campaign.objects.create(
        name=name, subject="New teas", state=state, launched_at=at, made_at=at, changed_at=at,
        from_name="Tea shop", from_address="news@teashop.example", **more,
    )  # fmt: skip
    Link.objects.bulk_create(
        Link(campaign=campaign, position=position, url=url) for position, url in enumerate(links)
    )
    return campaign


def mail(campaign, to=None, *, state=RecipientState.PENDING, **more):
    """One row of the ledger; a sent one was accepted at NOON."""
    to = to or customer()
    if state == RecipientState.SENT:
        more.setdefault("sent_at", NOON)
    return Recipient.objects.create(campaign=campaign, contact=to, email=to.email, state=state, **more)


@cache
def _keys():
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    sealed = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*sealed).decode()


def sender(*, is_verified=True, company="Tea Shop Ltd", at=NOON):
    """The tenant's sender with all that the law wants, on a domain that DNS vouches for."""
    SendingDomain.objects.create(
        name="teashop.example", selector="r1", private_key=_keys(), public_key="", added_at=at,
        verified_at=at if is_verified else None,
    )  # fmt: skip
    return Sender.objects.create(
        name="Tea shop", address="news@teashop.example", company=company, postal_address="1 Lane, Leeds",
        changed_at=at,
    )  # fmt: skip


def ready(*names, at=NOON, **more):
    """A draft to customers who agreed, one for each name, that nothing forbids to launch."""
    for name in names or ("ana",):
        customer(f"{name}@example.com", at=at)
    metrics.recompute(contacts=None, at=at)
    return draft(segment=segment(rules=EVERYBODY), at=at, **more)


def on_its_way(*names, at=NOON):
    """A launched campaign with its mails pending."""
    sender(at=at)
    made = ready(*names, at=at)
    return launching.launch(campaign_id=made.pk, version=made.version, at=at)
