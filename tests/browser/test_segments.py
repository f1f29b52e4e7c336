"""The rule builder with a script: buttons change it in place, typing counts who is meant."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from regulars.crm_core.commerce import orders
from regulars.crm_core.insight import segments
from regulars.integrations.shop import connections
from regulars.platform import tenancy
from regulars.platform.facts import facts
from tests.browser.look import flaws
from tests.browser.stage import enter
from tests.factories import commerce


@pytest.fixture
def owner(page, browser_site, new_tenant):
    tenant, now = new_tenant(name="Tea & Time"), timezone.now()
    with tenancy.opened(tenant.schema_name):
        shop = connections.connect(kind="push", name="Tea online", at=now)
        told = [
            commerce.order(
                customer=commerce.buyer(f"buyer{number}@example.com"), ordered_at=now, changed_at=now
            )
            for number in (1, 1, 2, 3)
        ]
        orders.take_many(orders=told, source=commerce.source(connection_id=str(shop.pk)), at=now)
        while facts.work(at=now):
            continue
    return enter(page, browser_site, tenant)


def test_builds_a_segment_and_counts_while_it_is_built(owner):
    page = owner.page
    owner.goes_to("/segments/new/")
    page.get_by_label("Name", exact=True).fill("Came back")

    page.get_by_label("Number", exact=True).fill("2")
    expect(page.locator("#segment-live")).to_contain_text("1 customer")
    expect(page.locator("#segment-live")).to_contain_text("Bought exactly 2 times")

    page.get_by_role("button", name="Group of rules", exact=True).click()
    page.get_by_label("What the rule is about").nth(1).select_option("bought")
    expect(page.get_by_label("Days", exact=True)).to_be_visible()
    page.get_by_label("How it is compared").nth(1).select_option("ever")
    expect(page.get_by_label("Days", exact=True)).to_have_count(0)
    expect(page.locator("#segment-live")).to_contain_text("Choose a product.")
    page.get_by_role("radio").first.check()
    expect(page.locator("#segment-live")).to_contain_text("bought “A tea”")
    assert flaws(page) == []
    page.get_by_role("button", name="Remove this group").click()
    expect(page.get_by_label("What the rule is about")).to_have_count(1)

    page.get_by_role("button", name="Save segment").click()
    expect(page.get_by_text("“Came back” is saved.")).to_be_visible()
    with tenancy.opened(owner.tenant.schema_name):
        once = {"field": "orders_count", "is": "equals", "value": 2}
        assert segments.listed()[0].rules == {"all": [once]}
