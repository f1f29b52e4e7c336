"""GraphiQL in a browser: it runs under its own policy, from our own files, with a key typed in."""

import re

from django.utils import timezone
from playwright.sync_api import expect

from regulars.platform import tenancy
from regulars.tenants import keys
from tests.rest.conftest import make_customer


class TestExplorer:
    def test_reads_the_schema_and_runs_a_query_without_asking_anybody_else(
        self, browser_site, new_tenant, page
    ):
        tenant, asked = new_tenant(), []
        with tenancy.opened(tenant.schema_name):
            make_customer("Ada Byron")
            key = keys.make(name="Explorer", at=timezone.now())
        page.on("request", lambda request: asked.append(request.url))

        page.goto(f"{browser_site.public}/graphql/")
        page.get_by_label("API key").fill(key)
        page.get_by_role("button", name="Use").click()
        page.get_by_role("button", name=re.compile("Execute query")).click()

        expect(page.locator(".result-window")).to_contain_text("Ada Byron")
        expect(page.locator("#key-state")).to_contain_text("of 200")
        page.get_by_role("button", name=re.compile("Documentation Explorer")).first.click()
        expect(page.locator(".graphiql-plugin")).to_contain_text("Query")
        own = f"{browser_site.public}/"
        assert [url for url in asked if not url.startswith((own, "data:", "blob:"))] == []
        assert page.context.cookies() == []
