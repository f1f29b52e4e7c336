import pytest

from regulars.integrations.email import campaigns
from regulars.integrations.email.models import Campaign
from regulars.platform import ids, tenancy
from regulars.platform.facts.models import Fact
from tests.factories.campaigns import HELLO, draft, segment
from tests.factories.commerce import NOON

pytestmark = pytest.mark.usefixtures("tenant")


def saved(campaign, **changes):
    """Save the campaign as it stands, but for some words."""
    words = {
        "version": campaign.version,
        "name": campaign.name,
        "subject": campaign.subject,
        "preview_text": campaign.preview_text,
        "blocks": campaign.blocks,
        "segment_id": campaign.segment_id,
        **changes,
    }
    return campaigns.save(campaign_id=campaign.pk, at=NOON, **words)


class TestMake:
    def test_starts_a_draft_for_a_segment(self):
        once = segment()

        made = campaigns.make(name="  Spring \n teas ", segment_id=once.pk, at=NOON)

        assert (made.name, made.state, made.segment, made.version) == ("Spring teas", "draft", once, 1)
        assert Fact.objects.get(name="campaign.drafted").subject_id == made.pk

    @pytest.mark.parametrize("name", ["", " \n", "x" * 121])
    def test_refuses_a_bad_name(self, name):
        with pytest.raises(campaigns.BadDraft):
            campaigns.make(name=name, at=NOON)

        assert not Campaign.objects.exists()

    def test_refuses_a_segment_that_is_gone(self):
        gone = segment(removed_at=NOON)

        with pytest.raises(campaigns.NoSuchAudience):
            campaigns.make(name="Spring", segment_id=gone.pk, at=NOON)


class TestSave:
    def test_keeps_an_unfinished_draft_as_it_was_typed(self):
        product = str(ids.new())
        blocks = [
            {"kind": "heading", "text": ""},
            {"kind": "text", "markdown": "{{ no_such_tag }} <b>", "more": "unknown to us"},
            {"kind": "button", "text": "Look", "url": "not yet"},
            {"kind": "products", "ids": [product, product]},
            {"kind": "divider"},
        ]

        row = saved(campaigns.make(name="Spring", at=NOON), subject="Hi\r\nBcc: x@example.com", blocks=blocks)

        row.refresh_from_db()
        assert row.subject == "Hi Bcc: x@example.com"
        assert row.blocks == [
            {"kind": "heading", "text": ""},
            {"kind": "text", "markdown": "{{ no_such_tag }} <b>"},
            {"kind": "button", "text": "Look", "url": "not yet"},
            {"kind": "products", "ids": [product]},
            {"kind": "divider"},
        ]
        assert Fact.objects.get(name="campaign.edited").after == {"changed": ["subject", "blocks"]}

    def test_refuses_to_overwrite_what_somebody_else_saved(self):
        mine = draft()
        saved(mine, subject="Theirs")

        with pytest.raises(campaigns.StaleCampaign):
            saved(mine, subject="Mine")

        assert Campaign.objects.get().subject == "Theirs"

    def test_changes_nothing_when_the_same_words_come_again(self):
        mine = draft()
        saved(mine, subject="Twice")

        again = saved(mine, subject="Twice")

        assert again.version == mine.version + 1
        assert Fact.objects.filter(name="campaign.edited").count() == 2

    @pytest.mark.parametrize(
        "blocks",
        [
            [{"kind": "script"}],
            [{"kind": "text", "markdown": "x" * 20_001}],
            [{"kind": "products", "ids": ["1 OR 1=1"]}],
            [{"kind": "divider"}] * 61,
        ],
    )
    def test_refuses_blocks_that_we_do_not_know_or_that_never_end(self, blocks):
        mine = draft()

        with pytest.raises(campaigns.BadDraft):
            saved(mine, blocks=blocks)

        assert Campaign.objects.get().blocks == list(HELLO)

    def test_keeps_a_segment_that_went_meanwhile(self):
        once = segment()
        mine = draft(segment=once)
        once.removed_at = NOON
        once.save()

        assert saved(mine, subject="Other").segment == once

    @pytest.mark.parametrize("state", ["sending", "paused", "finished", "cancelled"])
    def test_refuses_one_that_was_launched(self, state):
        mine = draft()
        Campaign.objects.update(state=state)

        with pytest.raises(campaigns.NotADraft):
            saved(mine, subject="Too late")

        assert Campaign.objects.get().subject == "New teas"


class TestCopy:
    def test_makes_a_draft_of_one_that_was_sent(self):
        sent = draft(name="x" * 119, segment=segment(removed_at=None))
        Campaign.objects.update(state="finished", letter={"a": 1}, from_address="a@example.com")

        made = campaigns.copy(campaign_id=sent.pk, at=NOON)

        assert (made.state, made.letter, made.from_address, made.version) == ("draft", None, "", 1)
        assert (made.subject, made.blocks, made.segment_id) == (sent.subject, sent.blocks, sent.segment_id)
        assert made.name.startswith("Copy of xxx")
        assert len(made.name) == 120

    def test_leaves_a_segment_out_that_is_gone(self):
        once = segment()
        mine = draft(segment=once)
        once.removed_at = NOON
        once.save()

        assert campaigns.copy(campaign_id=mine.pk, at=NOON).segment is None


class TestRemove:
    def test_hides_it_and_is_undone(self):
        mine = draft()

        campaigns.remove(campaign_id=mine.pk, at=NOON)
        campaigns.remove(campaign_id=mine.pk, at=NOON)

        assert campaigns.listed(cursor=None, size=5).rows == []
        with pytest.raises(campaigns.UnknownCampaign):
            campaigns.found(mine.pk)
        campaigns.restore(campaign_id=mine.pk, at=NOON)
        assert campaigns.listed(cursor=None, size=5).rows == [mine]
        assert Fact.objects.filter(name="campaign.removed").count() == 1

    @pytest.mark.parametrize("state", ["sending", "paused"])
    def test_refuses_one_that_is_under_way(self, state):
        mine = draft()
        Campaign.objects.update(state=state)

        with pytest.raises(campaigns.StillUnderWay):
            campaigns.remove(campaign_id=mine.pk, at=NOON)

        assert campaigns.found(mine.pk).removed_at is None


class TestFound:
    def test_knows_no_campaign_of_another_tenant(self, book_shop):
        mine = draft()

        with tenancy.opened(book_shop.schema_name):
            for verb in (campaigns.copy, campaigns.remove, campaigns.restore):
                with pytest.raises(campaigns.UnknownCampaign):
                    verb(campaign_id=mine.pk, at=NOON)
