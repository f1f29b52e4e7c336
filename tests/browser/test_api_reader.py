"""The API's reader in a browser: it runs under its own policy, from our own files."""

from playwright.sync_api import expect


class TestReader:
    def test_shows_every_operation_without_asking_anybody_else(self, browser_site, page):
        asked = []
        page.on("request", lambda request: asked.append(request.url))

        page.goto(f"{browser_site.public}/api/v1/docs")

        for path in ("customers", "customers/{customer_id}", "orders", "orders/{order_id}"):
            expect(page.locator(f'[data-path="/api/v1/{path}"]')).to_be_visible()
        own = f"{browser_site.public}/"
        assert [url for url in asked if not url.startswith((own, "data:"))] == []
