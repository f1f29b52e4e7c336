"""Putting a demo shop into its tenant, by the same use cases that real data comes in by."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import F

from regulars.crm_core.commerce import orders, products, rates
from regulars.crm_core.commerce.canonical import Source, TakenOrder
from regulars.crm_core.customers import consent, contacts, notes
from regulars.crm_core.customers.models import Channel, Link, LinkKind, Note
from regulars.crm_core.insight import assumptions
from regulars.demo import leafkiln, mailings, proving, pushing, qinghe, story
from regulars.demo.catalog import Shop
from regulars.integrations.email.models import Campaign
from regulars.integrations.shop import connections
from regulars.integrations.shop.models import Connection
from regulars.integrations.shop.webhooks import KIND
from regulars.platform import inbox, sweeping, tenancy
from regulars.platform.facts import tasks as facts
from regulars.tenants import endpoints
from regulars.tenants.models import Person, Tenant
from regulars.tenants.naming import tenant_called

SHOPS = (leafkiln.SHOP, qinghe.SHOP)
CONNECTOR = "push"
HISTORY = "backfill"  # origin: nothing of it sets off what a new order would
ORDERS_AT_A_TIME = 1000  # between two lines of progress

Say = Callable[[str], None]


def is_seeded(*, shop: Shop) -> bool:
    """Whether all of the shop is there: its mail comes last, all in one transaction."""
    with tenancy.opened(tenant_called(shop.slug).schema_name):
        return Campaign.objects.exists()


def seed(*, shop: Shop, at: datetime, say: Say) -> None:
    """Fill the shop's tenant, which must exist. Safe to repeat, also after a run that died half-way.

    The history is that of the moment the tenant was made, so a repetition tells the same one.
    Raises UnknownTenant.
    """
    tenant = tenant_called(shop.slug)
    told = story.told(shop=shop, at=tenant.subscribed_at or at)
    with tenancy.opened(tenant.schema_name):
        connection = _connected(shop, at=at)
        source = Source(connection_id=str(connection.pk), origin=HISTORY)
        _prepare(shop, told, source=source, at=at)
        today = [
            order for order in told.orders if order.ordered_at.date() == told.orders[-1].ordered_at.date()
        ]
        _take(told.orders[: -len(today)], source=source, at=at, say=say)
        _register(told, source=source, at=at)
        _push(today, tenant=tenant, connection_id=connection.pk, at=at)
        say("writing down what customers and staff said")
        _talk(told, shop, at=at)
        say("working out every customer's figures")
        facts.work(tenant=tenant.schema_name)
        say("sending the mail of the last months, on paper alone")
        proving.prove(post=shop.post, at=at)
        mailings.seed(post=shop.post, at=at)
        facts.work(tenant=tenant.schema_name)


def _connected(shop: Shop, *, at: datetime) -> Connection:
    standing = connections.standing()
    if standing:
        return standing[0]
    return connections.connect(kind=CONNECTOR, name=shop.shop_name, url=shop.shop_url, at=at)


def _prepare(shop: Shop, told: story.Story, *, source: Source, at: datetime) -> None:
    """What orders are valued by: the owner's margin, exchange rates, and what goods cost."""
    assumptions.set_margin(percent=shop.margin_percent, at=at)
    for foreign in shop.foreign:
        if foreign.rate is not None:
            valid_from = told.opened_at.date()
            rates.give(currency=foreign.currency, rate=foreign.rate, valid_from=valid_from, at=at)
    for product in told.products:
        products.take(product=product, source=source, at=at)


def _take(history: Sequence[TakenOrder], *, source: Source, at: datetime, say: Say) -> None:
    for first in range(0, len(history), ORDERS_AT_A_TIME):
        some = history[first : first + ORDERS_AT_A_TIME]
        orders.take_many(orders=some, source=source, at=at)
        say(f"{first + len(some):,} of {len(history):,} orders")


def _register(told: story.Story, *, source: Source, at: datetime) -> None:
    """Accounts that never bought; of the others, their orders have told."""
    known = set(Link.objects.filter(kind=LinkKind.EMAIL).values_list("value", flat=True))
    for customer in told.customers:
        if customer.email not in known:
            contacts.take(customer=customer, source=source, at=at)


def _push(today: Sequence[TakenOrder], *, tenant: Tenant, connection_id: UUID, at: datetime) -> None:
    """Today's orders, through the inbox as the shop's own deliveries."""
    key = endpoints.url_of(connection_id=connection_id).rstrip("/").rpartition("/")[2]
    door = endpoints.door(key)
    with tenancy.shared():
        for number, body in enumerate(pushing.bodies(today), start=1):
            inbox.store(
                tenant=tenant.schema_name,
                kind=KIND,
                endpoint_id=door.id,
                connection_id=connection_id,
                topic=f"push demo-{number}",
                delivery_id=f"demo-{number}",
                headers={},
                body=body,
                at=at,
            )
    sweeping.work_inbox(tenant=tenant.schema_name)


@tenancy.atomic
def _talk(told: story.Story, shop: Shop, *, at: datetime) -> None:
    if Note.objects.exists():
        return
    links = Link.objects.filter(kind=LinkKind.EMAIL, undone_at=None)
    of = dict(links.annotate(who=F("contact")).values_list("value", "who"))
    owner = _owner(shop)
    for word in told.words:
        consent.say(
            contact=of[word.email],
            channel=Channel.EMAIL,
            is_given=word.is_given,
            ground=word.ground,
            happened_at=word.at,
            origin=HISTORY,
            at=at,
        )
    for email, tag in told.tags:
        contacts.tag(contact=of[email], word=tag, at=at)
    for remark in told.remarks:
        author_id = owner.pk if owner.name == remark.author else None
        notes.write(
            contact=of[remark.email],
            body=remark.body,
            author_id=author_id,
            author_name=remark.author,
            at=remark.at,
        )


def _owner(shop: Shop) -> Person:
    with tenancy.shared():
        return Person.objects.get(email=shop.owner_email)
