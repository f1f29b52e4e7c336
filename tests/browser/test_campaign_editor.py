"""Writing a campaign in a browser: what htmx adds to a form that works without it."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from regulars.crm_core.commerce.models import Product
from regulars.integrations.email import campaigns
from regulars.platform import tenancy
from tests.factories.campaigns import segment


@pytest.fixture
def campaign(shop_owner):
    at = timezone.now()
    with tenancy.opened(shop_owner.tenant.schema_name):
        Product.objects.create(external_id="1", title="Green tea", currency="EUR", price="12.50")
        once = segment(at=at)
        return campaigns.make(
            name="Spring",
            segment_id=once.pk,
            blocks=[{"kind": "text", "markdown": "Hello {{ first_name|there }}"}],
            at=at,
        )


def test_a_mail_grows_under_the_hand_and_is_seen_beside_it(shop_owner, campaign):
    page = shop_owner.page
    shop_owner.goes_to(f"/campaigns/{campaign.pk}/edit/")
    letter = page.frame_locator("#look iframe")
    expect(letter.locator("body")).to_contain_text("Hello Jo")

    page.get_by_label("Subject").fill("New teas")
    page.get_by_role("button", name="Heading").click()
    heading = page.locator("input[name='1-text']")
    expect(heading).to_be_focused()
    heading.press_sequentially("Fresh from the hills")
    expect(letter.locator("body")).to_contain_text("Fresh from the hills")

    page.locator("#block-1").get_by_role("button", name="Move up").click()
    expect(page.locator("#block-0 input[type=text], #block-0 .input")).to_have_value("Fresh from the hills")
    expect(page.locator("#block-1 textarea")).to_have_value("Hello {{ first_name|there }}")

    page.get_by_role("button", name="Products").click()
    page.locator("input[name='2-words']").fill("green")
    page.locator("#block-2").get_by_role("button", name="Find").click()
    page.locator("#block-2").get_by_role("button", name="Add").click()
    expect(letter.locator("body")).to_contain_text("€12.50")
    page.get_by_text("Mobile", exact=True).click()
    expect(page.locator("#look iframe")).to_have_css("width", "375px")
    expect(page.get_by_label("Subject")).to_have_value("New teas")

    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    with tenancy.opened(shop_owner.tenant.schema_name):
        kinds = [block["kind"] for block in campaigns.found(campaign.pk).blocks]
    assert kinds == ["heading", "text", "products"]
