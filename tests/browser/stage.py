"""A real browser before a real server: pages that fail on any console error, which also tests the policy.

Other folders use these fixtures by importing them into their conftest: ``from tests.browser.stage import *``.
"""

import os
import threading
from dataclasses import dataclass

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.test import override_settings
from django.utils import timezone
from playwright.sync_api import expect, sync_playwright

from regulars.tenants import accounts
from regulars.tenants.models import Membership, Person, Tenant
from tests.browser import look

__all__ = ["browser_site", "chromium", "new_page", "page", "running_site", "shop_owner"]

# Playwright's loop runs in the test's own thread; the tests' few queries beside it are safe.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

VENDOR = look.ROOT / "regulars" / "web" / "static" / "web" / "vendor"
WAIT_MS = 30_000  # for what comes at once on an idle machine
QUIET = ("favicon",)
_launched = []


@dataclass(frozen=True)
class Site:
    """A running server. ``public`` and ``of(slug)`` are origins."""

    port: int

    @property
    def public(self):
        return f"http://localhost:{self.port}"

    def of(self, slug):
        return f"http://{slug}.localhost:{self.port}"


@dataclass(frozen=True)
class Visitor:
    """Somebody signed in on a tenant's host, with the page in front of them."""

    page: object
    tenant: Tenant
    origin: str

    def goes_to(self, path):
        return self.page.goto(f"{self.origin}{path}")


class _Quiet(WSGIRequestHandler):
    def log_message(self, *words):
        """Nothing on the terminal: failures show as console errors in the page."""


@pytest.fixture(scope="session")
def running_site():
    """The product in threads of this process, so that it shares the test's database."""
    if not (VENDOR / "htmx.min.js").exists() or not look.AXE.exists():
        pytest.fail("The browser assets are missing: run `make assets`.")
    application = get_wsgi_application()
    server = ThreadedWSGIServer(("127.0.0.1", 0), _Quiet)
    server.daemon_threads = True
    server.set_app(application)
    thread = threading.Thread(target=server.serve_forever, name="site", daemon=True)
    thread.start()
    yield Site(server.server_port)
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def browser_site(running_site, committed):
    """The site with committed work behind it; addresses in mails and redirects carry its port."""
    with override_settings(
        PUBLIC_ORIGIN=running_site.public,
        TENANT_ORIGINS=[f"http://*.localhost:{running_site.port}"],
        SHOWN_PORT=f":{running_site.port}",
        PORT=running_site.port,
    ):
        yield running_site


@pytest.fixture(scope="session")
def chromium():
    """One Chromium a run. Tests that need it are skipped, by name, where there is none."""
    if _launched:  # for another folder, whose fixture of this name is one of its own to pytest
        yield _launched[0]
        return
    path = look.chromium_path()
    if path is None:
        pytest.skip("no Chromium on this machine (Debian package `chromium-headless-shell`)")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        expect.set_options(timeout=WAIT_MS)
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        _launched.append(browser)
        yield browser
        _launched.clear()
        browser.close()


@pytest.fixture
def new_page(chromium):
    """``new_page(viewport=PHONE, color_scheme="dark")``: a fresh profile that fails on console errors."""
    contexts, problems = [], []

    def open_page(**wishes):
        context = chromium.new_context(**{"viewport": look.DESKTOP, "locale": "en-US", **wishes})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
        page.on("console", lambda said: problems.append(_told(page, said)) if _is_bad(page, said) else None)
        page.expected_statuses = set()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not problems, "\n".join(problems)


@pytest.fixture
def page(new_page):
    """A page at the size of a desktop."""
    return new_page()


@pytest.fixture
def shop_owner(page, browser_site, new_tenant):
    """The owner of a fresh tenant, signed in by hand-over, on Home."""
    return enter(page, browser_site, new_tenant(name="Tea & Time"))


def enter(page, site, tenant):
    """Sign the tenant's first member in on ``page``, the way sign-in on the public host does."""
    person = Person.objects.get(pk=Membership.objects.filter(tenant=tenant).values("person")[:1])
    token = accounts.hand_over(person=person, tenant=tenant, at=timezone.now())
    visitor = Visitor(page=page, tenant=tenant, origin=site.of(tenant.slug))
    visitor.goes_to(f"/enter/?token={token}")
    return visitor


def _is_bad(page, said):
    if said.type not in ("error", "warning") or any(word in said.text for word in QUIET):
        return False
    return not any(f"status of {status} " in said.text for status in page.expected_statuses)


def _told(page, said):
    return f"{page.url}: {said.text}"
