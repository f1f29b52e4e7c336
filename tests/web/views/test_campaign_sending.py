"""The last check, launching, steering, and what came of a campaign."""

import pytest
from django.conf import settings
from django.utils import timezone

from regulars.crm_core.customers import consent
from regulars.crm_core.customers.models import Channel, Contact
from regulars.integrations.email import campaigns
from regulars.integrations.email.models import Campaign, Recipient, RecipientState, Sender
from regulars.platform import tenancy
from tests.factories.campaigns import draft, segment
from tests.web.conftest import words

ONCE = {"all": [{"field": "orders_count", "is": "equals", "value": 1}]}


@pytest.fixture
def spring(tea_shop, owner, bought):
    """A whole draft for three customers: the owner, one without consent, one who said no."""
    at = timezone.now()
    orders = [bought(owner.email), bought("silent@example.com"), bought("no@example.com")]
    with tenancy.opened(tea_shop.schema_name):
        for order, yes in ((orders[0], True), (orders[2], False)):
            consent.say(
                contact=order.contact_id,
                channel=Channel.EMAIL,
                is_given=yes,
                ground="form at the till",
                at=at,
            )
        Sender.objects.create(
            name="Tea shop", company="Tea GmbH", postal_address="Road 1, Berlin", changed_at=at
        )
        return draft(segment=segment(rules=ONCE, at=at), at=at)


def state(tenant):
    with tenancy.opened(tenant.schema_name):
        return Campaign.objects.get().state


def launched(tenant, campaign, *states, **more):
    """The campaign as if launched, with a mail in each state."""
    at = timezone.now()
    with tenancy.opened(tenant.schema_name):
        Campaign.objects.update(**{"state": "sending", "launched_at": at, **more})
        people = Contact.objects.order_by("pk")
        for contact, each in zip(people, states, strict=False):
            Recipient.objects.create(
                campaign=campaign,
                contact=contact,
                email=contact.email,
                state=each,
                sent_at=at if each == RecipientState.SENT else None,
                opened_at=at if each == RecipientState.SENT else None,
            )


class TestCheck:
    def test_says_who_gets_it_by_ground_and_who_does_not_and_why(self, staff, spring):
        shown = words(staff.get(f"/campaigns/{spring.pk}/check/"))

        assert "1 person gets this mail; 2 of the segment do not." in shown
        assert "form at the till" in shown
        assert "No consent to marketing e-mail" in shown
        assert "Do not want e-mail" in shown
        assert "Send to 1 person" in shown

    def test_names_what_is_missing_with_the_way_there_and_offers_no_launch(self, staff, tea_shop, spring):
        with tenancy.opened(tea_shop.schema_name):
            Sender.objects.all().delete()
            Campaign.objects.update(subject="", segment=None)

        answer = staff.get(f"/campaigns/{spring.pk}/check/")

        assert len(answer.context["problems"]) >= 3
        hrefs = {problem["href"] for problem in answer.context["problems"]}
        assert hrefs == {"/settings/email/", f"/campaigns/{spring.pk}/edit/"}
        assert f'action="/campaigns/{spring.pk}/launch/"' not in words(answer)

    def test_lets_members_look_but_not_launch(self, helper, tea_shop, spring):
        shown = words(helper.get(f"/campaigns/{spring.pk}/check/"))

        assert "An owner of this workspace can send it." in shown
        assert f'action="/campaigns/{spring.pk}/launch/"' not in shown
        assert (
            helper.post(
                f"/campaigns/{spring.pk}/launch/", {"version": spring.version, "expected": 1}
            ).status_code
            == 403
        )
        assert state(tea_shop) == "draft"


class TestTest:
    def test_mails_the_one_who_is_signed_in(self, staff, spring, owner, tmp_path, monkeypatch):
        monkeypatch.setattr(settings, "EMAIL_URL", f"catcher:{tmp_path}")

        shown = words(staff.post(f"/campaigns/{spring.pk}/test/", follow=True))

        assert f"A test is on its way to {owner.email}." in shown
        mails = [path.read_bytes() for path in tmp_path.rglob("*.eml")]
        assert [owner.email.encode() in mail for mail in mails] == [True]


class TestLaunch:
    def test_begins_to_send_and_shows_how_far_it_is(self, staff, tea_shop, spring):
        answer = staff.post(
            f"/campaigns/{spring.pk}/launch/", {"version": spring.version, "expected": 1}, follow=True
        )

        assert state(tea_shop) == "sending"
        assert 'hx-trigger="every 1s"' in words(answer)
        assert "0 of 1" in words(answer)
        with tenancy.opened(tea_shop.schema_name):
            assert Recipient.objects.count() == 1

    def test_leads_a_second_click_to_the_first_one_s_page(self, staff, tea_shop, spring):
        staff.post(f"/campaigns/{spring.pk}/launch/", {"version": spring.version, "expected": 1})

        again = staff.post(f"/campaigns/{spring.pk}/launch/", {"version": spring.version, "expected": 1})

        assert again["Location"] == f"/campaigns/{spring.pk}/"
        with tenancy.opened(tea_shop.schema_name):
            assert Recipient.objects.count() == 1

    def test_refuses_a_version_that_somebody_changed(self, staff, tea_shop, spring):
        with tenancy.opened(tea_shop.schema_name):
            Campaign.objects.update(version=9)

        answer = staff.post(f"/campaigns/{spring.pk}/launch/", {"version": spring.version, "expected": 1})

        assert answer.status_code == 409
        assert state(tea_shop) == "draft"

    @pytest.mark.parametrize("expected", ["2", "", "٣", "9" * 40])
    def test_refuses_another_number_of_people_than_the_page_showed_and_shows_it_anew(
        self, staff, tea_shop, spring, expected
    ):
        form = {"version": spring.version, "expected": expected}

        answer = staff.post(f"/campaigns/{spring.pk}/launch/", form)

        assert answer.status_code == 409
        assert state(tea_shop) == "draft"
        with tenancy.opened(tea_shop.schema_name):
            assert not Recipient.objects.exists()
        shown = words(answer)
        assert "Nothing was sent: 1 person would get this mail now, and it was" in shown
        assert "Send to 1 person" in shown
        assert '<input type="hidden" name="expected" value="1">' in shown


class TestShow:
    def test_leads_a_draft_to_its_editor(self, staff, spring):
        assert staff.get(f"/campaigns/{spring.pk}/")["Location"] == f"/campaigns/{spring.pk}/edit/"

    def test_says_what_keeps_the_mails_waiting(self, staff, tea_shop, spring):
        launched(tea_shop, spring, RecipientState.PENDING, problem="The mail server takes no mail.")

        shown = words(staff.get(f"/campaigns/{spring.pk}/"))

        assert "The mail server takes no mail." in shown
        assert "You can close this page meanwhile." not in shown

    def test_answers_htmx_with_progress_until_it_is_over(self, staff, tea_shop, spring):
        launched(tea_shop, spring, RecipientState.SENT, RecipientState.PENDING)
        path, asked = f"/campaigns/{spring.pk}/", {"hx-request": "true"}

        part = words(staff.get(path, headers=asked))
        assert "1 of 2" in part
        assert 'id="campaign-fates" hx-swap-oob="outerHTML"' in part
        assert 'hx-trigger="every 1s"' in part
        assert "<html" not in part

        launched(tea_shop, spring, state="finished")
        assert "hx-trigger" not in words(staff.get(path, headers=asked))

    def test_is_steered_by_owners(self, staff, helper, tea_shop, spring):
        launched(tea_shop, spring, RecipientState.PENDING)
        for verb in ("pause", "resume", "cancel", "settle"):
            assert helper.post(f"/campaigns/{spring.pk}/{verb}/").status_code == 403

        found = []
        for verb in ("pause", "resume", "cancel"):
            staff.post(f"/campaigns/{spring.pk}/{verb}/")
            found.append(state(tea_shop))

        assert found == ["paused", "sending", "cancelled"]
        assert "is not being sent" in words(staff.post(f"/campaigns/{spring.pk}/pause/", follow=True))

    def test_explains_uncertain_mails_and_lets_the_owner_decide(self, staff, tea_shop, spring):
        launched(tea_shop, spring, RecipientState.SENT, RecipientState.UNCERTAIN, state="finished")
        assert "1 mail is uncertain" in words(staff.get(f"/campaigns/{spring.pk}/"))

        shown = words(staff.post(f"/campaigns/{spring.pk}/settle/", {"choice": "again"}, follow=True))

        assert "1 mail is sent again." in shown
        assert state(tea_shop) == "sending"

    def test_is_counted_in_the_list(self, staff, tea_shop, spring):
        launched(tea_shop, spring, RecipientState.SENT, RecipientState.REFUSED, state="finished")

        row = staff.get("/campaigns/").context["rows"][0]

        assert (row["sent"], row["opened"], row["clicked"]) == ("1", "100%", "0%")


def test_a_copy_of_a_sent_campaign_is_a_draft(staff, tea_shop, spring):
    launched(tea_shop, spring, RecipientState.SENT, state="finished")

    answer = staff.post(f"/campaigns/{spring.pk}/copy/")

    assert answer["Location"].endswith("/edit/")
    with tenancy.opened(tea_shop.schema_name):
        assert campaigns.listed(cursor=None, size=5).rows[0].state == "draft"
