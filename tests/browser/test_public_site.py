"""The public site in a browser: every page in both themes and sizes, and what works without a script."""

from playwright.sync_api import expect

from tests.browser.look import flaws

PAGES = ["/", "/plans/", "/sign-up/", "/sign-in/", "/find-workspace/"]


class TestEveryPage:
    def test_has_no_flaw_and_fits_its_window(self, browser_site, new_page):
        page = new_page(bypass_csp=True)
        for path in PAGES:
            page.goto(f"{browser_site.public}{path}")

            assert flaws(page) == [], path

    def test_would_be_refused_for_a_color_of_one_theme(self, browser_site, new_page):
        page = new_page(bypass_csp=True)
        page.goto(f"{browser_site.public}/plans/")
        page.add_style_tag(content="@media (prefers-color-scheme: dark) { h1 { color: #222 } }")

        assert [flaw.partition(": [")[0] for flaw in flaws(page)] == [
            "dark, 1440 px: color-contrast",
            "dark, 390 px: color-contrast",
        ]


class TestPreferences:
    def test_colors_change_at_once_and_stay(self, browser_site, page):
        page.goto(browser_site.public)
        page.get_by_role("button", name="Dark colors").click()

        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        expect(page.get_by_role("button", name="Light colors")).to_be_visible()

        page.goto(f"{browser_site.public}/plans/")
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")

    def test_colors_change_without_a_script(self, browser_site, new_page):
        page = new_page(java_script_enabled=False, color_scheme="light")
        page.goto(browser_site.public)
        page.get_by_role("button", name="Dark colors").click()

        expect(page.locator("html")).to_have_attribute("data-theme", "dark")

    def test_the_language_switches_and_stays_on_the_page(self, browser_site, page):
        page.goto(f"{browser_site.public}/plans/")
        page.get_by_role("button", name="简体中文").click()

        expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
        assert page.url.endswith("/plans/")


class TestSignUpForm:
    def test_starts_with_the_time_zone_of_the_device(self, browser_site, new_page):
        page = new_page(timezone_id="Europe/Lisbon")
        page.goto(f"{browser_site.public}/sign-up/")

        expect(page.get_by_label("Time zone")).to_have_value("Europe/Lisbon")

    def test_ties_each_error_to_its_field(self, browser_site, page):
        page.expected_statuses.add(422)
        page.goto(f"{browser_site.public}/sign-up/")
        page.get_by_role("button", name="Create workspace").click()

        field = page.get_by_label("Shop or company")
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(page.locator(f"#{field.get_attribute('aria-describedby')}")).to_contain_text("required")


def test_an_address_without_a_page_is_told_in_words(browser_site, page):
    page.expected_statuses.add(404)
    answer = page.goto(f"{browser_site.public}/nothing/")

    assert answer.status == 404
    expect(page.get_by_role("heading", name="Nothing is here")).to_be_visible()
