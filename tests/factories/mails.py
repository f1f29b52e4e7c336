"""Campaigns that were launched, and the rows of their ledger, without the way there."""

from regulars.crm_core.customers.models import Contact
from regulars.integrations.email.models import Campaign, Link, Recipient, RecipientState
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
