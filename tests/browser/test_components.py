"""The components and the script, on pages made of them all: no flaw, no overflow, all by keyboard."""

import pytest
from django.test import override_settings
from playwright.sync_api import expect

from tests.browser.look import PHONE, flaws
from tests.browser.stage import enter

# htmx starts behind a timer of no delay: a busy machine may run it long after the page has loaded.
LATE_TIMERS = (
    "const soon = setTimeout; window.setTimeout = (call, ms, ...rest) => soon(call, ms || 60000, ...rest)"
)


@pytest.fixture
def gallery(browser_site, new_tenant):
    """``gallery(page)``: a member on a tenant's host that shows the components."""
    with override_settings(TENANT_URLCONF="tests.browser.gallery"):
        tenant = new_tenant(name="Tea & Time")
        yield lambda page: enter(page, browser_site, tenant)


def test_components_have_no_flaw_and_fit_their_window(gallery, new_page):
    page = new_page(bypass_csp=True)
    member = gallery(page)
    for path in ("/", "/customers/"):
        member.goes_to(path)

        assert flaws(page) == [], path


def test_a_table_stays_a_table_on_a_phone(gallery, new_page):
    page = new_page(viewport=PHONE)
    gallery(page).goes_to("/customers/")

    expect(page.get_by_role("table", name="Customers").get_by_role("row")).to_have_count(6)
    expect(page.get_by_role("cell", name="€2,703.37")).to_be_visible()


def _hits(page):
    return page.get_by_role("listbox", name="Results").get_by_role("option")


class TestFilter:
    def test_keeps_the_focus_and_writes_the_address(self, gallery, page):
        gallery(page).goes_to("/customers/")
        page.keyboard.press("/")
        page.keyboard.type("mateo")

        expect(page.locator("#customer-rows p")).to_have_text("Mateo Silva")
        expect(page.get_by_role("searchbox", name="Name")).to_be_focused()
        assert "words=mateo" in page.url

    def test_shows_the_toast_that_came_with_the_part(self, gallery, page):
        gallery(page).goes_to("/customers/?words=x")
        page.get_by_role("searchbox", name="Name").fill("mateo")

        expect(page.locator("#toasts .toast")).to_contain_text("1 found")

    def test_gives_a_whole_page_to_the_back_button(self, gallery, page):
        gallery(page).goes_to("/customers/")
        page.get_by_role("searchbox", name="Name").fill("mateo")
        expect(page.locator("#customer-rows p")).to_have_text("Mateo Silva")
        page.go_back()

        expect(page.get_by_role("navigation", name="Main menu").first).to_be_visible()
        expect(page.locator("tbody tr")).to_have_count(5)


class TestPalette:
    def test_finds_by_keyboard_alone(self, gallery, page):
        gallery(page)
        page.keyboard.press("Control+k")
        page.keyboard.type("a")
        rows = _hits(page)

        expect(rows.first).to_have_attribute("aria-selected", "true")
        page.keyboard.press("ArrowDown")
        expect(rows.nth(1)).to_have_attribute("aria-selected", "true")
        expect(page.get_by_role("combobox", name="Search")).to_have_attribute(
            "aria-activedescendant", rows.nth(1).get_attribute("id")
        )
        page.keyboard.press("Enter")
        page.wait_for_url("**/customers/one/?1")

    def test_hears_what_is_typed_before_htmx_has_started(self, gallery, page):
        page.add_init_script(LATE_TIMERS)
        gallery(page)
        page.keyboard.press("Control+k")
        page.keyboard.type("a")

        expect(_hits(page).first).to_be_visible()

    def test_closes_with_escape_and_starts_empty_again(self, gallery, page):
        gallery(page)
        page.keyboard.press("Control+k")
        page.keyboard.type("a")
        expect(_hits(page).first).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog", name="Search")).to_be_hidden()
        page.keyboard.press("Control+k")

        expect(page.get_by_role("combobox", name="Search")).to_have_value("")
        expect(_hits(page)).to_have_count(0)


class TestShell:
    def test_rows_are_walked_with_j_and_k(self, gallery, page):
        gallery(page).goes_to("/customers/")
        page.keyboard.press("j")
        page.keyboard.press("j")
        expect(page.get_by_role("link", name="Alice Monroe")).to_be_focused()
        page.keyboard.press("k")
        expect(page.get_by_role("link", name="Fatima Zahra")).to_be_focused()

    def test_a_menu_closes_with_escape_and_gives_the_focus_back(self, gallery, page):
        gallery(page)
        account = page.locator("details.menu summary")
        account.click()
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()
        page.keyboard.press("Escape")

        expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
        expect(account).to_be_focused()

    def test_an_action_is_answered_with_a_toast_that_can_be_undone(self, gallery, page):
        gallery(page)
        page.get_by_role("button", name="Save", exact=True).click()

        expect(page.locator("#toasts")).to_contain_text("Note deleted.")
        expect(page.get_by_role("button", name="Undo")).to_be_visible()

    def test_signing_out_leads_to_the_public_site(self, gallery, page, browser_site):
        gallery(page)
        page.locator("details.menu summary").click()
        page.get_by_role("button", name="Sign out").click()

        page.wait_for_url(f"{browser_site.public}/")
