"""What a demo shopper buys on a visit, and what becomes of the order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from zoneinfo import ZoneInfo

from regulars.crm_core.commerce.canonical import OrderStatus, TakenLine, TakenOrder, TakenRefund
from regulars.demo.catalog import Good, Shop
from regulars.demo.shoppers import Shopper

CENT = Decimal("0.01")
PRICE_STEP = Decimal("0.0001")
LINES = (1, 2, 3, 4, 5)
LINES_WEIGHTS = (34, 30, 20, 11, 5)
FAVORED = 0.45  # of the lines, where the shopper came before
GIFT_TIMES = 6  # how much likelier a gift is in its season
COUPONED = 0.07
COUPON_PERCENT = 10
AT_THE_COUNTER = 0.006  # nobody's name is on the order
SHIPPED_AFTER = timedelta(days=2)
TESTS = 3
FIRST_NUMBER = 10_001


@dataclass(frozen=True)
class Fate:
    """What becomes of one order in so many that are older than a few days."""

    share: float
    status: OrderStatus
    refunded_percent: int = 0


FATES = (
    Fate(0.014, OrderStatus.CANCELLED),
    Fate(0.012, OrderStatus.FAILED),
    Fate(0.016, OrderStatus.REFUNDED, 100),
    Fate(0.030, OrderStatus.COMPLETED, 30),
)
FRESH = (
    (OrderStatus.PROCESSING, 80),
    (OrderStatus.ON_HOLD, 8),
    (OrderStatus.PENDING, 8),
    (OrderStatus.FAILED, 4),
)


def orders(*, shop: Shop, shoppers: Sequence[Shopper], at: datetime, random: Random) -> list[TakenOrder]:
    """Every order of the shop, oldest first, numbered as they came."""
    visits = sorted(
        ((moment, shopper) for shopper in shoppers for moment in shopper.visits),
        key=lambda visit: (visit[0], visit[1].number),
    )
    found = [_order(shop, shopper, moment, at, random) for moment, shopper in visits]
    tests = [_test(order, shop) for order in found[:: max(len(found) // TESTS, 1)][:TESTS]]
    numbered = sorted([*found, *tests], key=lambda order: order.ordered_at)
    return [_numbered(order, number) for number, order in enumerate(numbered, start=FIRST_NUMBER)]


def _order(shop: Shop, shopper: Shopper, moment: datetime, at: datetime, random: Random) -> TakenOrder:
    times = shopper.foreign.prices_times if shopper.foreign else Decimal(1)
    day = moment.astimezone(ZoneInfo(shop.time_zone)).date()
    is_gift_season = shop.gift_season(day)
    percent = shop.coupon_percent(day) or (COUPON_PERCENT if random.random() < COUPONED else 0)
    goods = _chosen(shop, shopper, is_gift_season, moment, random)
    lines = tuple(
        _line(good, number, quantity, times, percent, is_taxed=shopper.foreign is None)
        for number, (good, quantity) in enumerate(goods, start=1)
    )
    sold = sum((line.total + line.tax for line in lines), Decimal(0))
    shipping = (
        Decimal(0) if sold >= shop.free_shipping_from * times else (shop.shipping * times).quantize(CENT)
    )
    is_anonymous = random.random() < AT_THE_COUNTER
    order = TakenOrder(
        external_id="",
        number="",
        status=OrderStatus.COMPLETED,
        currency=shopper.foreign.currency if shopper.foreign else shop.currency,
        shipping=shipping,
        discount=sum((line.discount for line in lines), Decimal(0)),
        tax=sum((line.tax for line in lines), Decimal(0)),
        total=sold + shipping,
        ordered_at=moment,
        changed_at=moment,
        customer=None if is_anonymous else replace(shopper.customer(), changed_at=None),
        lines=lines,
        payment_method=random.choice(shop.payments),
        channel=random.choice(shop.channels),
    )
    return _fated(order, shop, at, random)


def _chosen(
    shop: Shop, shopper: Shopper, is_gift_season: bool, moment: datetime, random: Random
) -> list[tuple[Good, int]]:
    weights = [
        good.popularity * (GIFT_TIMES if good.is_gift and is_gift_season else 1) for good in shop.goods
    ]
    came_before = moment > shopper.joined_at
    found: dict[str, tuple[Good, int]] = {}
    for _ in range(random.choices(LINES, LINES_WEIGHTS)[0]):
        is_favored = came_before and random.random() < FAVORED
        good = random.choice(shopper.favorites) if is_favored else random.choices(shop.goods, weights)[0]
        more = random.randint(3, 10) if shopper.company else random.choices((1, 2, 3), (82, 14, 4))[0]
        found[good.sku] = (good, more)
    return list(found.values())


def _line(
    good: Good, number: int, quantity: int, times: Decimal, percent: int, *, is_taxed: bool
) -> TakenLine:
    """Prices hold the tax: what is taken out of them and the rest add up to them exactly."""
    rate = 1 + Decimal(good.tax_percent if is_taxed else 0) / 100
    price = _cents(good.price * times)
    paid = _cents(price * quantity * (100 - percent) / 100)
    total = _cents(paid / rate)
    unit_price = (price / rate).quantize(PRICE_STEP, ROUND_HALF_UP)
    return TakenLine(
        external_id=str(number),
        title=good.title,
        sku=good.sku,
        product_external_id=good.sku,
        quantity=Decimal(quantity),
        unit_price=unit_price,
        discount=max(_cents(unit_price * quantity) - total, Decimal(0)) if percent else Decimal(0),
        tax=paid - total,
        total=total,
    )


def _fated(order: TakenOrder, shop: Shop, at: datetime, random: Random) -> TakenOrder:
    age = at - order.ordered_at
    if age < SHIPPED_AFTER:
        status = random.choices([status for status, _ in FRESH], [weight for _, weight in FRESH])[0]
        return replace(order, status=status, shop_status=status.value)
    fate = _fate(random)
    after = timedelta(days=random.randint(1, 25), minutes=random.randrange(600))
    changed_at = min(order.ordered_at + after, at - timedelta(minutes=5))
    refunds: tuple[TakenRefund, ...] = ()
    if fate and fate.refunded_percent:
        part = Decimal(fate.refunded_percent) / 100
        reason = random.choice(shop.refund_reasons)
        amount, tax = _cents(order.total * part), _cents(order.tax * part)
        refunds = (
            TakenRefund(external_id="r1", amount=amount, tax=tax, reason=reason, refunded_at=changed_at),
        )
    status = fate.status if fate else OrderStatus.COMPLETED
    return replace(
        order,
        status=status,
        shop_status=status.value,
        changed_at=changed_at,
        cancelled_at=changed_at if status is OrderStatus.CANCELLED else None,
        refunds=refunds,
    )


def _fate(random: Random) -> Fate | None:
    chance = random.random()
    for fate in FATES:
        if chance < fate.share:
            return fate
        chance -= fate.share
    return None


def _test(order: TakenOrder, shop: Shop) -> TakenOrder:
    """The owner tries the checkout: an order like others, marked as a test."""
    buyer = replace(order.customer, external_id="", email=shop.owner_email) if order.customer else None
    later = order.ordered_at + timedelta(minutes=7)
    return replace(
        order,
        is_test=True,
        customer=buyer,
        status=OrderStatus.PROCESSING,
        shop_status=OrderStatus.PROCESSING.value,
        refunds=(),
        ordered_at=later,
        changed_at=later,
        cancelled_at=None,
    )


def _numbered(order: TakenOrder, number: int) -> TakenOrder:
    refunds = tuple(replace(refund, external_id=f"{number}-{refund.external_id}") for refund in order.refunds)
    return replace(order, external_id=str(number), number=str(number), refunds=refunds)


def _cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)
