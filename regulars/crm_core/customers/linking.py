"""From the customers that shops speak of to our contacts: found by their links, made when there are none.

Two things link by themselves: a shop's own customer id, and an exact normalized e-mail address. Where they
lead to two contacts, the shop's id decides and the other is suggested for a merge. An address whose contact
already is another customer of the same shop joins nobody: two ids of one shop are folded together by a
person only.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Q

from regulars.crm_core.customers import filling, identity
from regulars.crm_core.customers.models import Contact, Link, LinkKind
from regulars.platform import tenancy
from regulars.platform.facts import facts
from regulars.platform.facts.models import Fact

if TYPE_CHECKING:  # the shape stands one room higher; here it is only read
    from regulars.crm_core.commerce.canonical import Source, TakenCustomer

MAX_TRIES = 5  # each failed one means that somebody else linked the same person in that moment
SUGGESTED = "contact.suggested"

Key = tuple[str, str]  # kind and value of a link


class Moved(RuntimeError):
    """A link led to a contact that was folded into another in that very moment: look again."""


@dataclass
class Found:
    """Who was meant, in the order asked for; who is new among them; and who may be one person."""

    contacts: list[Contact | None] = field(default_factory=list)
    appeared: list[Contact] = field(default_factory=list)
    suggested: set[tuple[UUID, UUID]] = field(default_factory=set)


def find(
    *, customers: "Sequence[TakenCustomer | None]", source: "Source", at: datetime, is_profile: bool = False
) -> Found:
    """The contact of each customer, made where there is none; None for those without id and address.

    ``is_profile``: the shop's own record of the customer, whose word outweighs what was typed on an order.
    Somebody erased is never made anew. The contacts stay locked to the end of the transaction, so that no
    merge moves them meanwhile. Facts about who is new are the caller's.
    """
    tenancy.require_atomic()
    for _ in range(MAX_TRIES - 1):
        try:
            with tenancy.atomic():
                return _find(customers, source, at=at, is_profile=is_profile)
        except (IntegrityError, Moved):
            continue
    return _find(customers, source, at=at, is_profile=is_profile)


def keys(customer: "TakenCustomer", source: "Source") -> tuple[Key | None, Key | None]:
    """What the customer can be found by: the link of the shop's id and that of the address."""
    has_id = bool(source.connection_id and customer.external_id)
    shop = (LinkKind.SHOP.value, f"{source.connection_id}:{customer.external_id}") if has_id else None
    address = identity.email(customer.email)
    return shop, ((LinkKind.EMAIL.value, address) if address else None)


def note_suggestions(found: Found, *, at: datetime) -> None:
    """Record each pair once, however many orders hint at it."""
    if not found.suggested:
        return
    known = Fact.objects.filter(name=SUGGESTED, subject_id__in=[one for one, _ in found.suggested])
    before = {(fact.subject_id, (fact.after or {}).get("other")) for fact in known}
    for one, other in sorted(found.suggested):
        if (one, str(other)) not in before:
            after = {"other": str(other), "because": LinkKind.EMAIL.value}
            facts.record(SUGGESTED, subject_id=one, at=at, after=after)


def _find(
    customers: "Sequence[TakenCustomer | None]", source: "Source", *, at: datetime, is_profile: bool
) -> Found:
    asked = [(customer, *keys(customer, source)) for customer in customers if customer is not None]
    book = _Book(source, at=at, is_profile=is_profile)
    book.read([(shop, address) for _, shop, address in asked])
    for customer in customers:
        book.found.contacts.append(book.contact_of(customer) if customer is not None else None)
    book.write()
    return book.found


class _Book:
    """The links that matter to one batch, with those that the batch itself adds."""

    def __init__(self, source: "Source", *, at: datetime, is_profile: bool) -> None:
        self.source, self.at, self.is_profile = source, at, is_profile
        self.people: dict[UUID, Contact] = {}  # one object for each row, whichever link led to it
        self.live: dict[Key, Contact] = {}
        self.shop_ids: dict[UUID, set[str]] = defaultdict(set)  # of this shop, by contact
        self.links: list[Link] = []
        self.left: list[Key] = []
        self.filling = filling.Filling(is_profile=is_profile)
        self.found = Found()

    def read(self, asked: Iterable[tuple[Key | None, Key | None]]) -> None:
        wanted: dict[str, set[str]] = {LinkKind.SHOP.value: set(), LinkKind.EMAIL.value: set()}
        for pair in asked:
            for key in pair:
                if key is not None:
                    wanted[key[0]].add(key[1])
        some = [Q(kind=kind, value__in=sorted(values)) for kind, values in wanted.items() if values]
        if not some:
            return
        condition = some[0] if len(some) == 1 else some[0] | some[1]
        # Contacts are locked in the order of their ids, so that two batches cannot wait for each other.
        links = (
            Link.objects.filter(condition, undone_at=None).select_related("contact").order_by("contact_id")
        )
        for link in links.select_for_update(of=("contact",), no_key=True):
            contact = self.people.setdefault(link.contact_id, link.contact)
            if contact.is_merged:
                raise Moved("a merge took this contact while we waited for it")
            self.live[link.kind, link.value] = contact
        if wanted[LinkKind.SHOP.value] - {value for kind, value in self.live if kind == LinkKind.SHOP}:
            self._read_shop_ids()

    def contact_of(self, customer: "TakenCustomer") -> Contact | None:
        shop, address = keys(customer, self.source)
        by_shop = self._not_forgotten(shop, customer)
        if customer.is_erased or (by_shop is not None and by_shop.redacted_at):
            return by_shop
        by_address = self.live.get(address) if address else None
        if by_shop is None and by_address is not None and shop and self.shop_ids[by_address.pk]:
            by_shop = self._made(customer, [shop])
            self.found.suggested.add((by_shop.pk, by_address.pk))
        contact = by_shop or by_address
        if contact is None:
            known = [key for key in (shop, address) if key]
            return self._made(customer, known) if known else None
        if by_address is not None and by_address is not contact:
            self.found.suggested.add((contact.pk, by_address.pk))
        for key in (shop, address):
            if key and key not in self.live:
                self._link(contact, key)
        self.filling.add(contact, customer, told_at=self._told_at(customer))
        return contact

    def write(self) -> None:
        Contact.objects.bulk_create(self.found.appeared)
        for kind, value in self.left:
            Link.objects.filter(kind=kind, value=value, undone_at=None).update(undone_at=self.at)
        # Sorted, so that two batches that meet wait for each other at the first common link.
        Link.objects.bulk_create(sorted(self.links, key=lambda link: (link.kind, link.value)))
        self.filling.write(appeared={contact.pk for contact in self.found.appeared})

    def _read_shop_ids(self) -> None:
        mine = f"{self.source.connection_id}:"
        rows = Link.objects.filter(contact__in=list(self.people), kind=LinkKind.SHOP, undone_at=None)
        for contact_id, value in rows.filter(value__startswith=mine).values_list("contact_id", "value"):
            self.shop_ids[contact_id].add(value)

    def _not_forgotten(self, shop: Key | None, customer: "TakenCustomer") -> Contact | None:
        """Who holds the shop's id: an erased person only for news from before, or of, the erasure."""
        contact = self.live.get(shop) if shop else None
        if contact is None or shop is None or contact.redacted_at is None or customer.is_erased:
            return contact
        if self._told_at(customer) <= contact.redacted_at:
            return contact
        self.left.append(shop)
        del self.live[shop]
        return None

    def _made(self, customer: "TakenCustomer", known: list[Key]) -> Contact:
        contact = filling.new_contact(
            customer, has_shop=self.source.connection_id is not None, told_at=self._told_at(customer)
        )
        self.found.appeared.append(contact)
        for key in known:
            self._link(contact, key)
        return contact

    def _link(self, contact: Contact, key: Key) -> None:
        kind, value = key
        evidence = f"{'shop' if self.is_profile else 'order'}:{self.source.origin}"
        self.links.append(Link(contact=contact, kind=kind, value=value, evidence=evidence, linked_at=self.at))
        self.live[key] = contact
        if kind == LinkKind.SHOP:
            self.shop_ids[contact.pk].add(value)

    def _told_at(self, customer: "TakenCustomer") -> datetime:
        return min(customer.changed_at or self.at, self.at)
