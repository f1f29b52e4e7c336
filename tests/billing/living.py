"""A workspace and its Stripe, going by one clock, for tests of what happens between them."""

import json
import urllib.request
from pathlib import Path
from urllib.error import HTTPError

from django.test import Client
from django.utils import timezone

from bench.world import signed
from regulars.billing import clock, plans, subscriptions
from regulars.billing.models import BillingLedger
from regulars.platform import inbox, tenancy
from regulars.tenants import entitlements
from tests.fakes.stripe import Account, FakeStripe
from tests.fakes.stripe.server import KEY
from tests.web.conftest import signed_in

DOOR = "/hooks/stripe/"
ORDER = Path(__file__).parents[1] / "fixtures/shops/woocommerce/order.created.2.json"
SHOP_SECRET = "a shop's secret"


class Life:
    """A workspace, its Stripe, and the clock that both go by."""

    def __init__(self, fake, tenant, monkeypatch):
        self.fake, self.account, self.tenant = fake, fake.account, tenant
        self.schema = tenant.schema_name
        monkeypatch.setattr(timezone, "now", lambda: self.account.moment)
        fake.events.post = self.post
        self.how = {}
        self.answers = []

    def post(self, _url, headers, body):
        header = {"stripe-signature": headers["Stripe-Signature"], "host": "localhost"}
        with tenancy.shared():
            answer = Client().post(DOOR, body, content_type="application/json", headers=header)
        self.answers.append(answer.content)
        return answer.status_code

    def hear(self):
        """What happened is told, in the manner of this life; the worker and the clock do their work."""
        assert set(self.fake.events.deliver(at=self.account.now, **self.how)) <= {200}
        self.work()

    def work(self):
        with tenancy.shared():
            while inbox.work(tenant=self.schema, at=self.account.moment):
                continue
            clock.tick(at=self.account.moment)

    def pass_days(self, days):
        self.account.advance(days=days)
        self.hear()

    def sign_in(self):
        with tenancy.shared():
            self.staff = signed_in(self.tenant.memberships.get(role="owner").person, self.tenant)

    @property
    def standing(self):
        row = subscriptions.found(tenant=self.schema, at=self.account.moment)
        access, may_mail = entitlements.access(tenant=self.schema), entitlements.may_mail(tenant=self.schema)
        return row.state, row.plan, access.value, may_mail

    @property
    def ledger(self):
        with tenancy.shared():
            rows = BillingLedger.objects.filter(tenant=self.schema).order_by("pk")
            return [(row.happened_at, row.what, row.before, row.after) for row in rows]

    def order_comes_in(self, path):
        body = json.loads(ORDER.read_text())["raw_body"].encode()
        with tenancy.shared():
            answer = Client().post(
                path, body, content_type="application/json", headers=signed(body, secret=SHOP_SECRET)
            )
        self.work()
        return answer.status_code


def visited(url, do):
    """Press a button on one of Stripe's pages; the address it leads to."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    try:
        urllib.request.build_opener(Stay).open(url, data=f"do={do}".encode(), timeout=5).close()
    except HTTPError as answer:
        return answer.headers["Location"].partition("testserver")[2] or answer.headers["Location"]
    return None


def running(tenant, settings, monkeypatch):
    """Yields the Life of a tenant, with our prices in its Stripe."""
    account = Account()
    for plan in plans.listed():
        for currency, price in plan.month.items():
            account.add_price(plan.lookup_key(currency), int(price * 100), currency=currency.lower())
    with FakeStripe(account=account) as fake:
        settings.STRIPE_API_KEY, settings.STRIPE_API_ADDRESS = KEY, fake.url
        settings.STRIPE_WEBHOOK_SECRETS = [fake.events.secret, fake.events.thin_secret]
        yield Life(fake, tenant, monkeypatch)
