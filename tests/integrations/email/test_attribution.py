from datetime import timedelta
from decimal import Decimal

import pytest

from regulars.crm_core.commerce import orders
from regulars.crm_core.customers import contacts
from regulars.integrations.email import attribution, results, touches
from regulars.integrations.email.models import Attribution, RecipientState
from tests.factories.commerce import NOON, buyer, changed, order, refund, source
from tests.factories.mails import customer, launched, mail
from tests.integrations.email.test_touches import FIREFOX

pytestmark = pytest.mark.usefixtures("tenant")
CLICK = NOON + timedelta(days=1)
SOON = CLICK + timedelta(hours=2)


def click(row, *, at=CLICK, agent=FIREFOX):
    touches.clicked(recipient=row.pk, position=0, visitor=touches.Visitor(agent=agent), at=at)


def placed(*, at=SOON, origin="webhook", email="ana@example.com", **more):
    told = order(ordered_at=at, changed_at=at, customer=buyer(email), **more)
    return told, orders.take(order=told, source=source(origin), at=at).order


def attributed(row, *, at=SOON):
    return attribution.attribute(order_id=row.pk, at=at)


@pytest.fixture
def sent():
    return mail(launched(), state=RecipientState.SENT)


class TestAttribute:
    def test_goes_to_the_last_click_before_the_order(self, sent):
        second = mail(launched("Summer"), sent.contact, state=RecipientState.SENT)
        click(second)
        click(sent, at=CLICK + timedelta(hours=1))
        click(second, at=SOON + timedelta(minutes=1))

        found = attributed(placed()[1])

        assert (found.campaign, found.recipient, found.rule) == (sent.campaign, sent, "last_click_5d")
        assert (found.touched_at, found.decided_at) == (CLICK + timedelta(hours=1), SOON)

    @pytest.mark.parametrize(
        ("after", "is_in"), [(timedelta(days=5), True), (timedelta(days=5, seconds=1), False)]
    )
    def test_ends_after_five_days(self, sent, after, is_in):
        click(sent)

        assert (attributed(placed(at=CLICK + after)[1]) is not None) == is_in

    @pytest.mark.parametrize("origin", ["backfill", "import"])
    def test_gives_history_to_nobody(self, sent, origin):
        click(sent)

        assert attributed(placed(origin=origin)[1]) is None

    def test_does_not_believe_machines(self, sent):
        click(sent, agent="Mimecast scanner")

        assert attributed(placed()[1]) is None

    def test_knows_strangers_from_readers(self, sent):
        click(sent)

        assert attributed(placed(email="bea@example.com")[1]) is None

    def test_follows_a_reader_who_was_merged(self, sent):
        click(sent)
        kept = customer("bea@example.com")
        contacts.merge(keep=kept.pk, absorb=sent.contact_id, at=CLICK)

        assert attributed(placed(email="bea@example.com")[1]).recipient == sent

    def test_decides_once(self, sent):
        click(sent)
        row = placed()[1]
        first = attributed(row)
        click(
            mail(launched("Summer"), sent.contact, state=RecipientState.SENT), at=CLICK + timedelta(hours=1)
        )

        assert attributed(row, at=SOON + timedelta(days=1)) == first
        assert Attribution.objects.count() == 1


class TestResults:
    def test_count_every_fate_and_what_was_earned_less_refunds(self, sent):
        campaign = sent.campaign
        for number, state in enumerate(RecipientState):
            mail(campaign, customer(f"c{number}@example.com"), state=state)
        touches.opened(recipient=sent.pk, visitor=touches.Visitor(agent=FIREFOX), at=CLICK)
        touches.opened(recipient=sent.pk, visitor=touches.Visitor(agent="Mozilla/5.0"), at=CLICK)
        click(sent)
        click(sent, agent="curl/8")
        touches.unsubscribe(recipient=sent.pk, how="button", at=SOON)
        told, row = placed()
        attributed(row)
        paid_back = changed(told, at=SOON + timedelta(days=40), refunds=(refund("4.00"),))
        orders.take(order=paid_back, source=source(), at=SOON + timedelta(days=40))

        found = results.of(campaign_id=campaign.pk)

        assert (found.recipients, found.sent, found.pending, found.refused) == (8, 2, 3, 1)
        assert (found.skipped, found.uncertain) == (1, 1)
        assert (found.opened, found.clicked, found.unsubscribed) == (1, 1, 1)
        assert (found.bot_opens, found.bot_clicks) == (1, 1)
        assert (found.orders_count, found.revenue) == (1, Decimal("6.00"))
        assert [link.clicks for link in found.links] == [1, 0, 0]

    def test_are_zeros_for_a_campaign_without_mails(self):
        found = results.of(campaign_id=launched(links=()).pk)

        assert (found.recipients, found.opened, found.revenue, found.links) == (0, 0, Decimal(0), [])
