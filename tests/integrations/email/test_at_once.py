"""Two owners press the button at the same moment, or one of them twice."""

import pytest

from regulars.crm_core.insight import metrics
from regulars.integrations.email import campaigns, launching
from regulars.integrations.email.models import Campaign, Recipient
from regulars.platform import tenancy
from regulars.tenants.models import Entitlement
from tests.factories.campaigns import draft, segment
from tests.factories.commerce import NOON
from tests.factories.mails import EVERYBODY, customer, sender
from tests.together import at_once


@pytest.fixture
def tenant(new_tenant):
    with tenancy.opened(new_tenant(currency="EUR").schema_name):
        yield tenancy.current()


def launching_of(campaign):
    def launch():
        try:
            return launching.launch(campaign_id=campaign.pk, version=campaign.version, at=NOON).state
        except launching.CannotLaunch as refused:
            return [problem.code for problem in refused.problems]
        except campaigns.NotADraft:
            return "too late"

    return launch


class TestLaunchAtOnce:
    def test_spends_a_months_mails_once(self, tenant):
        with tenancy.shared():
            rows = Entitlement.objects.filter(tenant__schema_name=tenant, feature="mails")
            assert rows.update(amount=5) == 1
        sender()
        for name in ("ana", "bea", "cem"):
            customer(f"{name}@example.com")
        metrics.recompute(contacts=None, at=NOON)
        everybody = segment(rules=EVERYBODY)
        drafts = [draft(name=name, segment=everybody) for name in ("Spring", "Summer", "Autumn")]

        outcomes = at_once(tenant, *map(launching_of, drafts))

        assert sorted(map(str, outcomes)) == ["['over_quota']", "['over_quota']", "sending"]
        assert sorted(Campaign.objects.values_list("state", flat=True)) == ["draft", "draft", "sending"]
        assert Recipient.objects.count() == 3

    def test_freezes_one_campaign_once(self, tenant):
        sender()
        customer()
        metrics.recompute(contacts=None, at=NOON)
        spring = draft(segment=segment(rules=EVERYBODY))

        outcomes = at_once(tenant, *[launching_of(spring)] * 3)

        assert sorted(outcomes) == ["sending", "too late", "too late"]
        assert Recipient.objects.count() == 1
