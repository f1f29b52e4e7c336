"""The demo's past campaigns look as launching and reading would have left them, and nothing is sent."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db.models import F
from django.utils import timezone

from regulars.crm_core.commerce.models import Order
from regulars.crm_core.customers.models import Consent
from regulars.crm_core.insight import segments
from regulars.demo import mailings, seeding
from regulars.integrations.email.models import Attribution, Campaign, CampaignState, Recipient, Touch
from regulars.platform import tenancy
from tests.demo.test_seeding import smaller

SHOPPERS = 400


@pytest.fixture(scope="class")
def seeded(standing_tenant):
    tenant = standing_tenant(currency="GBP", time_zone="Europe/London")
    shop = smaller(tenant, shoppers=SHOPPERS)
    seeding.seed(shop=shop, at=timezone.now(), say=lambda line: None)
    with tenancy.opened(tenant.schema_name):
        yield shop


class TestSeed:
    def test_tells_a_story_that_holds_together(self, seeded):
        finished = Campaign.objects.filter(state=CampaignState.FINISHED)
        rows = Recipient.objects.all()

        assert finished.count() == len(seeded.post.mailings) - 1
        assert Campaign.objects.filter(state=CampaignState.DRAFT).count() == 1
        assert len(segments.listed()) == len(seeded.post.segments)
        assert rows.exists()
        assert not rows.filter(clicked_at__lt=F("opened_at")).exists()
        assert not rows.filter(opened_at__lt=F("sent_at")).exists()
        assert Touch.objects.filter(kind="click").count() == rows.exclude(clicked_at=None).count()
        # Nobody was mailed who had not agreed by then; who left has refused since.
        for row in rows.select_related("campaign"):
            words = Consent.objects.filter(contact=row.contact, happened_at__lte=row.campaign.launched_at)
            assert words.newest_first().first().is_given
            if row.unsubscribed_at:
                assert not row.contact.consents.newest_first().first().is_given
        for each in Attribution.objects.select_related("touch"):
            waited = Order.objects.get(pk=each.order_id).ordered_at - each.touched_at
            assert timedelta(0) <= waited < mailings.WINDOW
        assert mail.outbox == []

    def test_does_it_once(self, seeded):
        before = Recipient.objects.count()

        mailings.seed(post=seeded.post, at=timezone.now())

        assert Recipient.objects.count() == before
