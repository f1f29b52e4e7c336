"""Sign up, connect a WooCommerce shop, have its recorded deliveries posted, see the customers and orders."""

import json
import re
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from regulars.integrations.shop import connections
from regulars.platform import http, inbox, tenancy
from regulars.platform.facts import facts
from regulars.tenants import endpoints, keys
from regulars.tenants.models import Tenant
from tests.fakes.woocommerce import FakeWooCommerce

CAPTURES = sorted((Path(__file__).parents[1] / "fixtures/shops/woocommerce").glob("*.json"))
ANA = "ana@example.test"


@pytest.fixture
def fake(settings, monkeypatch, browser_site):
    monkeypatch.setattr(http.time, "sleep", lambda seconds: None)
    with FakeWooCommerce() as fake:
        settings.HTTP_ALLOWED_PRIVATE = [f"127.0.0.1:{fake.port}"]
        yield fake


def capture(path):
    return json.loads(path.read_text())


def post(site, url, recorded):
    """As it came off the wire: own body, own headers."""
    headers = {k: v for k, v in recorded["headers"].items() if k not in ("Host", "Content-Length")}
    target = f"http://127.0.0.1:{site.port}{urlsplit(url).path}"
    request = urllib.request.Request(target, recorded["raw_body"].encode(), headers, method="POST")
    with urllib.request.urlopen(request) as answer:
        return answer.status


def work(schema):
    while inbox.work(tenant=schema, at=timezone.now()):
        continue
    with tenancy.opened(schema):
        while facts.work(at=timezone.now()):
            continue


def rest(site, key, host, path):
    request = urllib.request.Request(
        f"http://127.0.0.1:{site.port}{path}", headers={"Authorization": f"Bearer {key}", "Host": host}
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def amounts(text):
    """Every amount of euros on a page, as plain decimals."""
    return set(re.findall(r"€\s?([\d,]+\.\d\d)", text))


def test_an_owner_signs_up_connects_a_shop_and_meets_the_customers(page, browser_site, fake):
    # Sign up
    page.goto(f"{browser_site.public}/sign-up/")
    page.get_by_label("Shop or company").fill("Tea & Time")
    page.get_by_label("E-mail address").fill("jo@tea-and-time.example")
    page.get_by_label("Password").fill("a long enough password")
    page.get_by_label("Currency").select_option("EUR")
    page.get_by_role("button", name="Create workspace").click()
    page.wait_for_url(re.compile(r"http://tea-time(-\d+)?\.localhost:\d+/$"))
    host = urlsplit(page.url).netloc
    tenant = Tenant.objects.get(slug=host.split(".")[0])

    # Connect a shop, from the first page's next step
    page.get_by_role("link", name=re.compile("Connect")).first.click()
    page.get_by_label("Address of the shop").fill(fake.url)
    page.get_by_label("Consumer key").fill(fake.key)
    page.get_by_label("Consumer secret").fill(fake.secret)
    page.get_by_role("button", name="Connect").click()
    page.get_by_text("Tea & Tins").first.wait_for()
    assert {hook["status"] for hook in fake.shop.webhooks.hooks.values()} == {"active"}

    # The recorded shop signs with its own secret
    with tenancy.opened(tenant.schema_name):
        (shop,) = connections.standing()
        hook_url = endpoints.url_of(connection_id=shop.pk)
        recorded = [capture(path) for path in CAPTURES]
        secret = next(each["secret"] for each in recorded if each["signature_valid"])
        connections.change_signing_secret(connection_id=shop.pk, signing_secret=secret, at=timezone.now())
        # It is not the fake: asked about the recorded orders, that one would say that they are gone.
        shop.credentials = {"signing_secrets": [secret]}
        shop.save(update_fields=["credentials"])
        key = keys.make(name="journey", at=timezone.now())
    assert {post(browser_site, hook_url, each) for each in recorded} == {200}
    work(tenant.schema_name)

    # The same figures on the pages and in REST
    customers = rest(browser_site, key, host, "/api/v1/customers")["results"]
    assert len(customers) == 4
    (ana,) = rest(browser_site, key, host, f"/api/v1/customers?email={ANA}")["results"]
    assert (ana["orders_count"], ana["total_spent"]) == (1, {"amount": "59.49", "currency": "EUR"})
    (order,) = rest(browser_site, key, host, "/api/v1/orders?number=13")["results"]
    assert order["total"] == {"amount": "74.37", "currency": "EUR"}
    assert order["refunded"] == {"amount": "14.88", "currency": "EUR"}
    for number in ("93", "94", "95"):
        (each,) = rest(browser_site, key, host, f"/api/v1/orders?number={number}")["results"]
        assert each["total"] == {"amount": "14.88", "currency": "EUR"}

    page.goto(f"http://{host}/customers/")
    rows = page.locator("#customer-rows tbody tr")
    assert rows.count() == 4
    assert "59.49" in amounts(rows.filter(has_text=ANA).inner_text())
    page.get_by_role("link", name=ana["name"]).click()
    page.get_by_text("59.49").first.wait_for()

    page.goto(f"http://{host}/orders/")
    for number in ("13", "93", "94", "95"):
        assert page.get_by_role("link", name=re.compile(rf"#?{number}$")).count() == 1
    page.get_by_role("link", name=re.compile(r"#?13$")).click()
    assert {"74.37", "14.88"} <= amounts(page.locator("main").inner_text())
