"""Who shops at a demo shop, how often, and when each of them came."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random

from regulars.crm_core.commerce.canonical import TakenCustomer
from regulars.demo.catalog import Foreign, Good, Person, Place, Shop
from regulars.demo.days import Calendar

LEADS = 0.06  # registered, never bought
GUESTS = 0.22  # bought without an account
HAVE_PHONE = 3  # one in so many
HAVE_COMPANY = 0.02
TWINS = 0.012  # shopped once more as a guest, with another address and the same telephone
MAX_VISITS = 60


@dataclass(frozen=True, kw_only=True)
class Habit:
    """``stays``: the chance of coming once more after each visit."""

    share: float
    gap_days: int
    stays: float


HABITS = (
    Habit(share=0.56, gap_days=150, stays=0.12),
    Habit(share=0.25, gap_days=95, stays=0.74),
    Habit(share=0.14, gap_days=48, stays=0.90),
    Habit(share=0.05, gap_days=24, stays=0.96),
)


@dataclass(frozen=True, kw_only=True)
class Shopper:
    number: int
    person: Person
    email: str
    phone: str
    company: str
    place: Place
    foreign: Foreign | None
    is_guest: bool
    favorites: Sequence[Good]
    visits: tuple[datetime, ...]
    joined_at: datetime

    def customer(self) -> TakenCustomer:
        """The person as the shop tells of them: with an id when registered."""
        has_id = not self.is_guest
        return TakenCustomer(
            external_id=f"c{self.number}" if has_id else "",
            email=self.email,
            first_name=self.person.first_name,
            last_name=self.person.last_name,
            phone=self.phone,
            company=self.company,
            city=self.place.city,
            region=self.place.region,
            country_code=self.place.country_code,
            created_at=self.joined_at if has_id else None,
            changed_at=self.joined_at if has_id else None,
        )


def drawn(*, shop: Shop, calendar: Calendar, random: Random) -> list[Shopper]:
    """Everybody who came within the time that is told, or registered; equal for an equal seed and moment."""
    taken: set[str] = set()
    everybody = (_shopper(shop, calendar, random, number, taken) for number in range(1, shop.shoppers + 1))
    people = [each for each in everybody if each is not None]
    return [*people, *_twins(people, shop, calendar, random, taken)]


def _shopper(shop: Shop, calendar: Calendar, random: Random, number: int, taken: set[str]) -> Shopper | None:
    person = shop.person(random)
    foreign = _foreign(shop, random)
    places = foreign.places if foreign else shop.places
    is_lead = random.random() < LEADS
    visits = () if is_lead else tuple(sorted(_visits(calendar, random)))
    joined_at = min(visits, default=calendar.moment(random, calendar.day(random)))
    told = tuple(visit for visit in visits if calendar.is_told(visit))
    if not told and not is_lead:
        return None
    company = random.choice(shop.companies) if random.random() < HAVE_COMPANY else ""
    return Shopper(
        number=number,
        person=person,
        email=_address(person, shop, random, taken),
        phone=shop.phone(number // HAVE_PHONE) if number % HAVE_PHONE == 0 else "",
        company=company,
        place=random.choices(places, [place.weight for place in places])[0],
        foreign=foreign,
        is_guest=not is_lead and random.random() < GUESTS,
        favorites=random.choices(shop.goods, [good.popularity for good in shop.goods], k=3),
        visits=told,
        joined_at=joined_at,
    )


def _visits(calendar: Calendar, random: Random) -> Iterator[datetime]:
    habit = random.choices(HABITS, [habit.share for habit in HABITS])[0]
    day: date | None = calendar.day(random)
    for _ in range(MAX_VISITS):
        if day is None:
            return
        yield calendar.moment(random, day)
        if random.random() > habit.stays:
            return
        gap = timedelta(days=max(3, round(random.gammavariate(3, habit.gap_days / 3))))
        later = calendar.day_near(random, day + gap, spread_days=habit.gap_days // 3)
        day = later if later is None or later > day else day + timedelta(days=1)
        if day is not None and day > calendar.today:
            return


def _foreign(shop: Shop, random: Random) -> Foreign | None:
    chance = random.random()
    for foreign in shop.foreign:
        if chance < foreign.share:
            return foreign
        chance -= foreign.share
    return None


def _twins(
    people: Sequence[Shopper], shop: Shop, calendar: Calendar, random: Random, taken: set[str]
) -> Iterator[Shopper]:
    """One person under two addresses: nothing but the telephone says so."""
    having_phone = [each for each in people if each.phone and each.visits]
    for number, of in enumerate(having_phone[: round(len(people) * TWINS)], start=len(people) + 1):
        later = random.choice(of.visits) + timedelta(
            days=random.randint(5, 90), minutes=random.randrange(500)
        )
        visit = later if later < calendar.at else calendar.moment(random, calendar.today)
        email = _address(of.person, shop, random, taken)
        yield replace(of, number=number, email=email, is_guest=True, visits=(visit,), joined_at=visit)


def _address(person: Person, shop: Shop, random: Random, taken: set[str]) -> str:
    host = random.choice(shop.mail_hosts)
    for number in range(1, 1000):
        email = f"{person.mailbox}{number if number > 1 else ''}@{host}"
        if email not in taken:
            taken.add(email)
            return email
    raise RuntimeError(f"a thousand people share {person.mailbox}@{host}")
