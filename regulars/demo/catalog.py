"""What a demo shop is made of: goods, people's names, places, and what its staff would say.

Everything is invented. Addresses are under example.com and .example (RFC 2606); telephone numbers are from
ranges that nobody is given.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from random import Random

from regulars.demo.post import Post


@dataclass(frozen=True, kw_only=True)
class Good:
    """Something on the shelf. ``price`` is what the buyer pays, tax included."""

    sku: str
    title: str
    price: Decimal
    cost: Decimal | None  # None: the owner never wrote it down
    tax_percent: int
    popularity: int
    is_gift: bool


@dataclass(frozen=True, kw_only=True)
class Place:
    city: str
    region: str
    country_code: str
    weight: int


@dataclass(frozen=True, kw_only=True)
class Person:
    """A name as it is written where the shop is, and the part of an address made of it."""

    first_name: str
    last_name: str
    mailbox: str


@dataclass(frozen=True, kw_only=True)
class Foreign:
    """Orders from abroad. ``rate``: what one unit is worth at home, or None when the owner gave no rate."""

    currency: str
    share: float
    prices_times: Decimal
    rate: Decimal | None
    places: Sequence[Place]


@dataclass(frozen=True, kw_only=True)
class Shop:
    """One demo tenant and everything that its data is drawn from."""

    slug: str
    name: str
    currency: str
    time_zone: str
    language: str
    owner_email: str
    owner_name: str
    password: str
    shop_name: str
    shop_url: str
    margin_percent: Decimal
    shoppers: int
    goods: Sequence[Good]
    places: Sequence[Place]
    foreign: Sequence[Foreign]
    person: Callable[[Random], Person]
    phone: Callable[[int], str]  # a number for each shopper, never twice the same
    mail_hosts: Sequence[str]
    season: Callable[[date], float]  # how busy a day is, 1.0 on an ordinary one
    gift_season: Callable[[date], bool]
    coupon_percent: Callable[[date], int]
    shipping: Decimal
    free_shipping_from: Decimal
    payments: Sequence[str]
    channels: Sequence[str]
    refund_reasons: Sequence[str]
    staff: Sequence[str]
    notes: Sequence[str]
    tags: Sequence[str]
    consent_grounds: Sequence[str]
    refusal_grounds: Sequence[str]
    post: Post
    companies: Sequence[str] = field(default=())


def goods(table: str) -> tuple[Good, ...]:
    """A shelf from lines of ``sku | title | price | cost or - | tax % | popularity | gift or -``."""
    return tuple(_good(*(cell.strip() for cell in line.split("|"))) for line in table.strip().splitlines())


def places(table: str) -> tuple[Place, ...]:
    """Places from lines of ``city | region | country | weight``."""
    rows = ([cell.strip() for cell in line.split("|")] for line in table.strip().splitlines())
    return tuple(
        Place(city=city, region=region, country_code=country, weight=int(weight))
        for city, region, country, weight in rows
    )


def lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines())


def words(text: str, *, between: str | None = None) -> tuple[str, ...]:
    """Words between blanks, or between a sign and line ends."""
    parts = text.split() if between is None else text.replace("\n", between).split(between)
    return tuple(part.strip() for part in parts if part.strip())


def _good(sku: str, title: str, price: str, cost: str, tax: str, popularity: str, gift: str) -> Good:
    return Good(
        sku=sku,
        title=title,
        price=Decimal(price),
        cost=None if cost == "-" else Decimal(cost),
        tax_percent=int(tax),
        popularity=int(popularity),
        is_gift=gift == "gift",
    )
