"""A demo shop's whole history as plain values: equal for an equal moment, so that seeding can be repeated."""

from dataclasses import dataclass
from datetime import datetime
from random import Random

from regulars.crm_core.commerce.canonical import TakenCustomer, TakenOrder, TakenProduct
from regulars.demo import baskets, shoppers, talk
from regulars.demo.catalog import Shop
from regulars.demo.days import Calendar


@dataclass(frozen=True, kw_only=True)
class Story:
    opened_at: datetime
    products: list[TakenProduct]
    customers: list[TakenCustomer]  # those with an account
    orders: list[TakenOrder]  # oldest first
    words: list[talk.Word]
    remarks: list[talk.Remark]
    tags: list[tuple[str, str]]


def told(*, shop: Shop, at: datetime) -> Story:
    """Everything that happened at the shop before ``at``."""
    random = Random(f"{shop.slug} {at.isoformat()}")  # noqa: S311 (nothing here is a secret)
    calendar = Calendar(at=at, time_zone=shop.time_zone, season=shop.season)
    people = shoppers.drawn(shop=shop, calendar=calendar, random=random)
    opened_at = min(each.joined_at for each in people)
    orders = baskets.orders(shop=shop, shoppers=people, at=at, random=random)
    customers = [each.customer() for each in people if not each.is_guest]
    # Who came as a guest and bought at the counter alone left no name: nothing is known of them.
    known = {each.email for each in customers} | {each.customer.email for each in orders if each.customer}
    people = [each for each in people if each.email in known]
    return Story(
        opened_at=opened_at,
        products=[_product(good.sku, shop, opened_at) for good in shop.goods],
        customers=customers,
        orders=orders,
        words=list(talk.words(shop=shop, shoppers=people, at=at, random=random)),
        remarks=list(talk.remarks(shop=shop, shoppers=people, at=at, random=random)),
        tags=list(talk.tags(shop=shop, shoppers=people, random=random)),
    )


def _product(sku: str, shop: Shop, opened_at: datetime) -> TakenProduct:
    good = next(good for good in shop.goods if good.sku == sku)
    return TakenProduct(
        external_id=good.sku,
        title=good.title,
        sku=good.sku,
        price=good.price,
        cost=good.cost,
        currency=shop.currency,
        changed_at=opened_at,
    )
