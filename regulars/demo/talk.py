"""What demo customers agreed to or refused, and what the staff wrote down about them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from regulars.demo.catalog import Shop
from regulars.demo.shoppers import Shopper

ASKED = 0.34  # of those with an account: said yes or no to news by e-mail
REFUSED_AT_ONCE = 0.08
TOOK_BACK = 0.13
NOTED = 0.07
TAGGED = 0.13


@dataclass(frozen=True, kw_only=True)
class Word:
    email: str
    is_given: bool
    ground: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Remark:
    email: str
    body: str
    author: str
    at: datetime


def words(*, shop: Shop, shoppers: Sequence[Shopper], at: datetime, random: Random) -> Iterator[Word]:
    """Consent and refusals; of some both, the later one being the refusal. Leads always said yes once."""
    for shopper in shoppers:
        is_lead = not shopper.visits
        if shopper.is_guest or not (is_lead or random.random() < ASKED):
            continue
        is_given = is_lead or random.random() > REFUSED_AT_ONCE
        grounds = shop.consent_grounds if is_given else shop.refusal_grounds
        yield Word(
            email=shopper.email, is_given=is_given, ground=random.choice(grounds), at=shopper.joined_at
        )
        later = shopper.joined_at + timedelta(days=random.randint(10, 300))
        if is_given and random.random() < TOOK_BACK and later < at:
            ground = random.choice(shop.refusal_grounds)
            yield Word(email=shopper.email, is_given=False, ground=ground, at=later)


def remarks(*, shop: Shop, shoppers: Sequence[Shopper], at: datetime, random: Random) -> Iterator[Remark]:
    """Notes of the staff, after a visit of the customer they are about; at least one where anybody came."""
    first = next((shopper for shopper in shoppers if shopper.visits), None)
    for shopper in shoppers:
        if shopper is first or (shopper.visits and random.random() < NOTED):
            after = random.choice(shopper.visits) + timedelta(hours=random.randint(2, 90))
            yield Remark(
                email=shopper.email,
                body=random.choice(shop.notes),
                author=random.choice(shop.staff),
                at=min(after, at - timedelta(minutes=1)),
            )


def tags(*, shop: Shop, shoppers: Sequence[Shopper], random: Random) -> Iterator[tuple[str, str]]:
    """(e-mail address, tag) pairs."""
    for shopper in shoppers:
        if shopper.visits and random.random() < TAGGED:
            yield shopper.email, random.choice(shop.tags)
