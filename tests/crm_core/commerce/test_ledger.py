"""Whatever comes, in whatever order: the entries of an order add up to its total less its refunds."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.crm_core.commerce import ledger, orders, rates
from regulars.crm_core.commerce.canonical import COUNTED, OrderStatus
from regulars.crm_core.commerce.models import Order, OrderLine, Refund, SaleEntry
from regulars.platform import ids, tenancy
from tests.factories.commerce import NOON, changed, line, order, refund, source

AMOUNTS = st.decimals("-500", "500", places=2)
COSTS = st.none() | st.decimals("0", "50", places=2)
RATES = st.none() | st.decimals("0.000000001", "9999", places=9)


@st.composite
def versions(draw, *, currency="EUR"):
    """One order, as its shop tells it over time; the totals do not always add up, as with shops."""
    first = order(lines=(), total=Decimal(0), currency=currency)
    told = []
    for seconds in range(draw(st.integers(1, 5))):
        lines = tuple(
            line(
                str(draw(AMOUNTS)),
                external_id=str(number),
                quantity=str(draw(st.integers(-3, 3))),
                unit_cost=draw(COSTS),
                product=draw(st.sampled_from(["", "tea", "cup"])),
            )
            for number in range(draw(st.integers(0, 3)))
        )
        refunds = tuple(
            refund(str(abs(draw(AMOUNTS))), external_id=f"r{number}")
            for number in range(draw(st.integers(0, 2)))
        )
        told.append(
            changed(
                first,
                at=NOON + timedelta(seconds=seconds),
                lines=lines,
                refunds=refunds,
                shipping=draw(AMOUNTS),
                tax=draw(AMOUNTS),
                total=draw(AMOUNTS),
                status=draw(st.sampled_from(list(OrderStatus))),
                is_test=draw(st.sampled_from([False, False, False, True])),
            )
        )
    return told


def worth(told):
    if told.status not in COUNTED or told.is_test:
        return Decimal(0)
    return told.total - sum((each.amount for each in told.refunds), Decimal(0))


def booked(name="amount"):
    return sum((getattr(entry, name) or Decimal(0) for entry in SaleEntry.objects.all()), Decimal(0))


def by_key():
    found = defaultdict(Decimal)
    for entry in SaleEntry.objects.all():
        found[entry.key] += entry.amount
    return {key: amount for key, amount in found.items() if amount}


class Undone(Exception):
    """Rolls an example back."""


@pytest.mark.usefixtures("tenant")
class TestAnySequence:
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(told=versions(), data=st.data())
    def test_adds_up_to_the_newest_version(self, told, data):
        """Versions come in any order, and some of them twice."""
        arrivals = data.draw(
            st.permutations([*told, *data.draw(st.lists(st.sampled_from(told), max_size=3))])
        )
        with pytest.raises(Undone), tenancy.atomic():
            for each in arrivals:
                orders.take(order=each, source=source(), at=NOON + timedelta(hours=1))

            assert booked() == booked("base_amount") == worth(told[-1])
            shifted = SaleEntry.objects.count()
            orders.take(order=told[-1], source=source(), at=NOON + timedelta(hours=2))
            assert SaleEntry.objects.count() == shifted
            raise Undone

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(told=versions())
    def test_leaves_the_same_whichever_way_it_went(self, told):
        with pytest.raises(Undone), tenancy.atomic():
            for each in told:
                orders.take(order=each, source=source(), at=NOON + timedelta(hours=1))
            step_by_step = by_key()
            SaleEntry.objects.all().delete()
            OrderLine.objects.all().delete()
            Refund.objects.all().delete()
            Order.objects.all().delete()

            orders.take(order=told[-1], source=source(), at=NOON + timedelta(hours=1))

            assert by_key() == step_by_step
            raise Undone

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(told=versions(currency="USD"), first=RATES, then=RATES)
    def test_is_nothing_in_base_once_it_is_nothing(self, told, first, then):
        with pytest.raises(Undone), tenancy.atomic():
            if first is not None:
                rates.give(currency="USD", rate=first, valid_from=NOON.date(), at=NOON)
            for each in told:
                orders.take(order=each, source=source(), at=NOON + timedelta(hours=1))
                if then is not None:
                    rates.give(currency="USD", rate=then, valid_from=NOON.date(), at=NOON)
            back = changed(told[-1], at=NOON + timedelta(minutes=1), status=OrderStatus.CANCELLED)
            orders.take(order=back, source=source(), at=NOON + timedelta(hours=1))

            assert booked() == booked("base_amount") == 0
            raise Undone


def row(**fields):
    given = {"id": ids.new(), "status": "processing", "kind": "sale", "currency": "EUR", "ordered_at": NOON}
    return Order(**{**given, **fields})


def entries_of(order, lines=(), refunds=(), *, before=(), rate=Decimal(1), changed_at=NOON):
    due = ledger.due(order, lines, refunds)
    return ledger.missing(order, due=due, entries=before, rate=rate, changed_at=changed_at, at=NOON)


class TestMissing:
    def test_books_what_a_shops_rounding_leaves(self):
        sold = row(total=Decimal("10.01"), tax=Decimal("1.6"))
        lines = [OrderLine(external_id="1", quantity=1, total=Decimal("8.4"))]

        entries = entries_of(sold, lines)

        assert {entry.key: entry.amount for entry in entries} == {
            "line:1": Decimal("8.4"),
            "tax": Decimal("1.6"),
            "rounding": Decimal("0.01"),
        }

    def test_dates_the_first_by_the_order_refunds_by_themselves_and_changes_by_the_change(self):
        sold, later, last = row(total=Decimal(10)), NOON + timedelta(days=1), NOON + timedelta(days=2)
        lines = [OrderLine(external_id="1", quantity=1, total=Decimal(10))]
        first = entries_of(sold, lines, changed_at=later)
        given_back = Refund(external_id="r", amount=Decimal(4), refunded_at=later)
        second = entries_of(sold, lines, [given_back], before=first, changed_at=last)
        cancelled = row(total=Decimal(10), status="cancelled")
        third = entries_of(cancelled, lines, [given_back], before=[*first, *second], changed_at=last)

        assert [(entry.key, entry.happened_at) for entry in [*first, *second]] == [
            ("line:1", NOON),
            ("refund:r", later),
        ]
        assert {(entry.key, entry.amount, entry.happened_at) for entry in third} == {
            ("line:1", -10, last),
            ("refund:r", 4, last),
        }

    def test_moves_a_line_to_another_product(self):
        tea, cup = ids.new(), ids.new()
        sold = row(total=Decimal(10))
        first = entries_of(sold, [OrderLine(external_id="1", product_id=tea, quantity=1, total=Decimal(10))])

        second = entries_of(
            sold, [OrderLine(external_id="1", product_id=cup, quantity=1, total=Decimal(10))], before=first
        )

        assert {(entry.product_id, entry.amount) for entry in second} == {(tea, -10), (cup, 10)}

    def test_keeps_the_rate_of_the_first_entries(self):
        sold = row(total=Decimal(10), currency="USD")
        lines = [OrderLine(external_id="1", quantity=1, total=Decimal(10))]
        first = entries_of(sold, lines, rate=Decimal("0.9"))
        given_back = Refund(external_id="r", amount=Decimal(4), refunded_at=NOON)

        [second] = entries_of(sold, lines, [given_back], before=first, rate=Decimal(2))

        assert second.base_amount == Decimal("-3.6")

    def test_takes_a_removed_refund_back(self):
        sold = row(total=Decimal(10))
        lines = [OrderLine(external_id="1", quantity=1, total=Decimal(10))]
        given_back = Refund(external_id="r", amount=Decimal(4), refunded_at=NOON)
        first = entries_of(sold, lines, [given_back])
        given_back.removed_at = NOON

        [second] = entries_of(sold, lines, [given_back], before=first)

        assert (second.key, second.amount) == ("refund:r", 4)

    def test_says_nothing_when_all_is_said(self):
        sold = row(total=Decimal(10))

        assert entries_of(sold, before=entries_of(sold)) == []
