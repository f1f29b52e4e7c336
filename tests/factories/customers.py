"""Contacts as they come about: by a word of a shop, an order, or a member of staff."""

from regulars.crm_core.customers import contacts
from regulars.crm_core.customers.models import Channel
from tests.factories.commerce import NOON, buyer, source


def contact(email="ana@example.com", *, at=NOON, **more):
    """A contact that a shop told of; ``external_id`` makes it one with an account."""
    return contacts.take(customer=buyer(email, **more), source=source(), at=at)


def said(contact, *, yes, at=NOON, channel=Channel.EMAIL, ground="form"):
    contact.say(channel, is_given=yes, ground=ground, at=at)
