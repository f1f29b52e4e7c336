import pytest

from regulars.crm_core.insight import metrics
from regulars.crm_core.insight.models import Segment
from regulars.integrations.email import campaigns, launching, preflight
from regulars.integrations.email.models import (
    Campaign,
    Link,
    Recipient,
    RecipientState,
    Sender,
    SendingDomain,
)
from regulars.platform import ids, tenancy
from regulars.platform.facts.models import Fact, Reaction
from regulars.tenants.models import Entitlement
from tests.factories.campaigns import draft
from tests.factories.commerce import NOON
from tests.factories.customers import said
from tests.factories.mails import customer, mail, ready, sender

LATER = NOON.replace(hour=13)
LINKED = ({"kind": "button", "text": "Look", "url": "https://teashop.example/spring?a=1&b=2"},)


def launch(campaign, **more):
    words = {"version": campaign.version, "at": LATER, **more}
    return launching.launch(campaign_id=campaign.pk, **words)


def codes(campaign):
    found = preflight.of(campaign_id=campaign.pk, at=LATER)
    return [problem.code for problem in found.problems]


def grant(tenant, mails):
    with tenancy.shared():
        rows = Entitlement.objects.filter(tenant__schema_name=tenant, feature="mails")
        rows.update(amount=mails)


class TestLaunch:
    def test_freezes_letter_sender_rules_and_audience(self, tenant):
        sender()
        campaign = ready("ana", "bea", blocks=LINKED)
        actor = ids.new()

        launch(campaign, actor_id=actor)
        Segment.objects.update(rules={"all": []})
        Sender.objects.update(name="Another", company="Other Ltd")
        customer("late@example.com")

        campaign.refresh_from_db()
        assert (campaign.state, campaign.launched_at, campaign.launched_by) == ("sending", LATER, actor)
        assert campaign.rules["all"][0]["field"] == "orders_count"
        assert (campaign.from_name, campaign.from_address) == ("Tea shop", "news@teashop.example")
        assert campaign.domain == SendingDomain.objects.get()
        assert campaign.letter["links"] == ["https://teashop.example/spring?a=1&b=2"]
        assert [link.url for link in campaign.links.all()] == ["https://teashop.example/spring?a=1&b=2"]
        assert sorted(campaign.recipients.values_list("email", "state")) == [
            ("ana@example.com", RecipientState.PENDING),
            ("bea@example.com", RecipientState.PENDING),
        ]
        told = Fact.objects.get(name="campaign.launched")
        assert (told.actor_id, told.after) == (actor, {"recipients": 2, "version": campaign.version})
        assert Reaction.objects.filter(follower="email.mind_campaign", done_at=None).count() == 1

    def test_happens_once(self, tenant):
        sender()
        campaign = ready()
        launch(campaign)

        with pytest.raises(campaigns.NotADraft):
            launch(campaign)

        assert Recipient.objects.count() == 1

    def test_refuses_a_version_that_the_owner_has_not_seen(self, tenant):
        sender()
        campaign = ready()

        with pytest.raises(campaigns.StaleCampaign):
            launch(campaign, version=campaign.version - 1)

        assert not Recipient.objects.exists()
        assert Campaign.objects.get().state == "draft"

    def test_refuses_another_number_of_people_than_was_shown(self, tenant):
        sender()
        campaign = ready("ana", "bea")
        customer("cem@example.com")
        metrics.recompute(contacts=None, at=LATER)

        with pytest.raises(launching.AudienceChanged) as refused:
            launch(campaign, expected=2)

        assert (refused.value.expected, refused.value.now) == (2, 3)
        assert str(refused.value).startswith(
            "Nothing was sent: 3 people would get this mail now, and it was 2"
        )
        assert (Recipient.objects.count(), Link.objects.count()) == (0, 0)
        assert not Fact.objects.filter(name__in=["campaign.launched", "campaign.sending"]).exists()
        campaign.refresh_from_db()
        assert (campaign.state, campaign.letter, campaign.launched_at) == ("draft", None, None)

        assert launch(campaign, expected=3).recipients.count() == 3

    def test_knows_no_campaign_of_another_tenant(self, tenant, book_shop):
        sender()
        campaign = ready()

        with tenancy.opened(book_shop.schema_name), pytest.raises(campaigns.UnknownCampaign):
            launch(campaign)

    def test_reaches_the_team_alone_until_a_domain_is_verified(self, tenant, owner):
        sender(is_verified=False)
        campaign = ready("ana", "bea")
        said(customer(owner.email, consents=None), yes=True)
        metrics.recompute(contacts=None, at=LATER)

        launch(campaign)

        assert Recipient.objects.get().email == owner.email
        assert Campaign.objects.get().from_address == "teashop@mail.regulars.example"

    def test_says_what_has_to_be_mended_and_changes_nothing(self, tenant):
        campaign = draft(subject="", blocks=())

        with pytest.raises(launching.CannotLaunch) as refused:
            launch(campaign)

        assert [problem.code for problem in refused.value.problems] == [
            "no_footer",
            "no_subject",
            "no_blocks",
            "no_segment",
        ]
        assert Campaign.objects.get().state == "draft"


class TestPreflight:
    def test_finds_nothing_against_a_sound_campaign(self, tenant):
        sender()

        found = preflight.of(campaign_id=ready("ana", "bea").pk, at=LATER)

        assert (found.problems, found.warnings) == ([], [])
        assert (found.audience.mailed, found.audience.by_ground) == (2, {"form": 2})

    def test_wants_a_legal_footer(self, tenant):
        sender(company=" ")

        assert codes(ready()) == ["no_footer"]

    def test_wants_somebody_to_mail(self, tenant):
        sender()
        campaign = ready()
        said(customer("ana@example.com", consents=None), yes=False, at=LATER)

        assert codes(campaign) == ["nobody"]

    def test_names_a_letter_that_cannot_be_compiled(self, tenant):
        sender()

        assert codes(ready(blocks=({"kind": "text", "markdown": "{{ password }}"},))) == ["letter_broken"]

    def test_names_a_segment_that_refers_to_what_is_gone(self, tenant):
        sender()
        campaign = ready()
        bought = {"field": "bought", "is": "ever", "value": {"product": str(ids.new())}}
        Segment.objects.update(rules={"all": [bought]})

        assert codes(campaign) == ["segment_unsound"]

    @pytest.mark.parametrize(
        ("amount", "wanted"), [(0, ["no_mail_in_plan"]), (2, ["over_quota"]), (3, []), (None, [])]
    )
    def test_keeps_within_the_months_mails(self, tenant, amount, wanted):
        sender()
        campaign = ready("ana", "bea")
        before = Campaign.objects.create(name="Earlier", launched_at=NOON, made_at=NOON, changed_at=NOON)
        mail(before, customer("cem@example.com", consents=False), state=RecipientState.SENT)
        last_month = Campaign.objects.create(
            name="April", launched_at=NOON.replace(month=4), made_at=NOON, changed_at=NOON
        )
        mail(last_month, customer("dan@example.com", consents=False), state=RecipientState.SENT)
        grant(tenant, amount)

        assert codes(campaign) == wanted
