"""The staff app in a browser: every screen in both themes and sizes, and the ways through it."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from regulars.crm_core.commerce import orders
from regulars.crm_core.customers import contacts, notes
from regulars.crm_core.insight import assumptions
from regulars.integrations.shop import connections
from regulars.platform import ids, tenancy
from regulars.platform.facts import facts
from tests.browser.look import flaws
from tests.browser.stage import enter
from tests.factories import commerce
from tests.factories.campaigns import draft

SHARES = 3  # of the screens, so that no test is long
LONG_NAME = ("Wilhelmina Alexandrina", "von Hohenstein-Oettingen zu Wallerstein")


@pytest.fixture(scope="class")
def busy_shop(standing_tenant):
    """A tenant with thirty customers, one of them with a very long name, with notes and refunds.

    For a class whose tests leave it as they found it, but for one town.
    """
    tenant, now = standing_tenant(name="Tea & Time"), timezone.now()
    with tenancy.opened(tenant.schema_name):
        shop = connections.connect(kind="push", name="Tea online", at=now)
        assumptions.set_margin(percent=Decimal(45), at=now)
        source = commerce.source(connection_id=str(shop.pk))
        told = [_told(number, at=now) for number in range(30)]
        made = orders.take_many(orders=told, source=source, at=now)
        first = made[0].order.contact_id
        notes.write(contact=first, body="Prefers sencha.", author_name="Jo", at=now)
        contacts.tag(contact=first, word="wholesale", at=now)
        while facts.work(at=now):
            continue
    return tenant


def _told(number, *, at):
    first, last = LONG_NAME if number == 0 else (f"Ana{number:02}", "Ray")
    placed = at - timedelta(days=number)
    refunds = (commerce.refund("2.00", refunded_at=placed),) if number % 5 == 0 else ()
    return commerce.order(
        customer=commerce.buyer(f"buyer{number}@example.com", first_name=first, last_name=last),
        number=f"T-{number}",
        lines=(commerce.line(f"{100 - 3 * number}.00", product="tin of green tea"),),
        refunds=refunds,
        ordered_at=placed,
        changed_at=placed,
    )


@pytest.fixture
def owner(page, browser_site, busy_shop):
    return enter(page, browser_site, busy_shop)


def addresses(visitor):
    """Every screen, the ones of one thing included."""
    with tenancy.opened(visitor.tenant.schema_name):
        contact = contacts.found(words=LONG_NAME[0]).first()
        order, shop = contact.orders.first(), connections.standing()[0]
        campaign = draft(f"New teas {ids.new()}")
    return [
        "/",
        "/customers/",
        "/customers/?words=zzz",
        "/customers/new/",
        f"/customers/{contact.pk}/",
        f"/customers/{contact.pk}/edit/",
        f"/customers/{contact.pk}/links/",
        f"/customers/{contact.pk}/merge/?words=ana",
        "/orders/",
        f"/orders/{order.pk}/",
        "/segments/",
        "/campaigns/",
        "/campaigns/new/",
        f"/campaigns/{campaign.pk}/edit/",
        f"/campaigns/{campaign.pk}/check/",
        "/more/",
        "/shops/",
        "/shops/new/",
        f"/shops/{shop.pk}/",
        f"/shops/{shop.pk}/disconnect/",
        "/settings/",
        "/settings/keys/",
        "/settings/email/",
        "/billing/",
        "/search/?words=ana",
    ]


@pytest.mark.parametrize("share", range(SHARES))
def test_every_screen_has_no_flaw_and_fits_its_window(browser_site, new_page, busy_shop, share):
    page = new_page(bypass_csp=True)
    visitor = enter(page, browser_site, busy_shop)
    for path in addresses(visitor)[share::SHARES]:
        visitor.goes_to(path)

        assert flaws(page) == [], path


def test_a_fresh_workspace_shows_how_to_begin(shop_owner):
    expect(shop_owner.page.get_by_role("heading", name="Set up your workspace")).to_be_visible()
    shop_owner.page.get_by_role("link", name="Connect a shop").first.click()

    expect(shop_owner.page).to_have_url(f"{shop_owner.origin}/shops/new/")


class TestCustomers:
    def test_are_filtered_while_typing_with_focus_and_address_kept(self, owner):
        owner.goes_to("/customers/")
        search = owner.page.get_by_role("searchbox", name="Name, e-mail, phone or city")
        search.press_sequentially("ana07", delay=30)

        expect(owner.page.locator("#customer-rows .row-link")).to_have_count(1)
        expect(owner.page.locator("#customer-rows .row-link")).to_have_text("Ana07 Ray")
        expect(search).to_be_focused()
        expect(search).to_have_value("ana07")
        expect(owner.page).to_have_url(f"{owner.origin}/customers/?words=ana07&reach=")
        expect(owner.page.locator("#customer-tabs .tab").nth(1)).to_have_attribute(
            "href", "?words=ana07&reach=&stage=loyal"
        )

    def test_come_back_whole_by_the_back_button(self, owner):
        owner.goes_to("/customers/?words=ana07")
        owner.page.locator(".row-link").click()
        owner.page.wait_for_url("**/customers/*-*/")
        owner.page.go_back()

        expect(owner.page.locator(".side")).to_be_visible()
        expect(owner.page.locator("#customer-rows .row-link")).to_have_count(1)

    def test_are_walked_through_by_keys(self, owner):
        owner.goes_to("/customers/")
        owner.page.keyboard.press("j")
        owner.page.keyboard.press("j")
        second = owner.page.locator(".row-link").nth(1)
        expect(second).to_be_focused()
        name = second.inner_text()
        owner.page.keyboard.press("Enter")

        expect(owner.page.get_by_role("heading", level=1)).to_have_text(name)

    def test_are_exported_as_they_are_filtered(self, owner):
        owner.goes_to("/customers/?words=ana07")
        with owner.page.expect_download() as started:
            owner.page.get_by_role("button", name="Export").click()

        lines = Path(started.value.path()).read_text("utf-8-sig").splitlines()
        assert len(lines) == 2
        assert lines[1].startswith("Ana07 Ray,buyer7@example.com")


class TestCustomer:
    @pytest.fixture
    def on_page(self, owner):
        owner.goes_to("/customers/")
        owner.page.locator(".row-link").first.click()
        owner.page.wait_for_url("**/customers/*-*/")
        return owner.page

    def test_takes_a_note_and_takes_it_back_by_the_toast(self, on_page):
        on_page.get_by_label("Write a note…").fill("Called <b>today</b>")
        on_page.get_by_role("button", name="Save note").click()

        expect(on_page.locator(".timeline-words").first).to_contain_text("Called <b>today</b>")
        on_page.locator(".toast").get_by_role("button", name="Undo").click()
        expect(on_page.get_by_text("The note is removed.")).to_be_visible()
        expect(on_page.locator(".timeline")).not_to_contain_text("Called")

    def test_shows_one_kind_of_things_without_leaving_the_page(self, on_page):
        on_page.get_by_role("link", name="Notes", exact=True).click()

        expect(on_page.locator(".timeline > li")).to_have_count(1)
        expect(on_page.locator(".timeline")).to_contain_text("Prefers sencha.")
        expect(on_page).to_have_url(f"{on_page.url.partition('?')[0]}?show=notes")

    def test_edits_the_profile_in_place(self, on_page):
        on_page.locator("#customer-profile").get_by_role("link", name="Edit").click()
        on_page.get_by_label("City").fill("Bonn")
        on_page.locator("#customer-profile").get_by_role("button", name="Save").click()

        expect(on_page.locator("#customer-profile")).to_contain_text("Bonn")
        expect(on_page.get_by_text("Saved.")).to_be_visible()

    def test_gives_up_an_edit(self, on_page):
        on_page.locator("#customer-profile").get_by_role("link", name="Edit").click()
        on_page.get_by_label("City").fill("Ulm")
        on_page.locator("#customer-profile").get_by_role("link", name="Cancel").click()

        expect(on_page.locator("#customer-profile .facts")).to_be_visible()
        expect(on_page.locator("#customer-profile")).not_to_contain_text("Ulm")

    def test_drops_a_tag_and_brings_it_back(self, on_page):
        on_page.get_by_role("button", name="Remove the tag wholesale").click()
        expect(on_page.locator("#customer-profile")).not_to_contain_text("wholesale")
        on_page.locator(".toast").get_by_role("button", name="Undo").click()

        expect(on_page.locator("#customer-profile")).to_contain_text("wholesale")


class TestPalette:
    def test_finds_by_keys_alone(self, owner):
        owner.goes_to("/orders/")
        owner.page.keyboard.press("Control+k")
        owner.page.keyboard.type("ana07")
        expect(owner.page.locator("#palette [role=option]").first).to_contain_text("Ana07 Ray")
        owner.page.keyboard.press("Enter")

        expect(owner.page.get_by_role("heading", level=1)).to_have_text("Ana07 Ray")

    def test_finds_an_order_by_its_number(self, owner):
        owner.goes_to("/")
        owner.page.keyboard.press("Control+k")
        owner.page.keyboard.type("#T-5")
        owner.page.locator("#palette [role=option]", has_text="Order").click()

        expect(owner.page.get_by_role("heading", level=1)).to_have_text("#T-5")


class TestWithoutAScript:
    @pytest.fixture
    def plain(self, new_page, browser_site, busy_shop):
        return enter(new_page(java_script_enabled=False), browser_site, busy_shop)

    def test_customers_are_searched(self, plain):
        plain.goes_to("/customers/")
        plain.page.get_by_role("searchbox", name="Name, e-mail, phone or city").fill("ana07")
        plain.page.keyboard.press("Enter")

        expect(plain.page.locator(".row-link")).to_have_count(1)

    def test_a_note_is_written_and_undone(self, plain):
        plain.goes_to("/customers/?words=ana07")
        plain.page.locator(".row-link").click()
        plain.page.get_by_label("Write a note…").fill("By hand")
        plain.page.get_by_role("button", name="Save note").click()
        expect(plain.page.locator(".timeline")).to_contain_text("By hand")
        plain.page.locator(".toast").get_by_role("button", name="Undo").click()

        expect(plain.page.locator(".timeline")).not_to_contain_text("By hand")

    def test_a_shop_is_connected(self, plain):
        plain.goes_to("/shops/new/?kind=push")
        plain.page.get_by_label("What to call it").fill("Market stall")
        plain.page.get_by_role("button", name="Connect").click()

        expect(plain.page.get_by_text("Copy the secret now")).to_be_visible()
        expect(plain.page.get_by_label("Secret", exact=True)).to_contain_text("whsec_")
