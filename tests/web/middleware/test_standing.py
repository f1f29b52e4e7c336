"""A workspace that owes money: whoever got its mail, its shops and whom it pays notice nothing of it."""

from datetime import timedelta

import pytest
from django.test import Client

from regulars.billing import subscriptions
from regulars.crm_core.commerce.models import Order
from regulars.crm_core.customers.models import Consent
from regulars.integrations.email.models import RecipientState, Touch
from regulars.integrations.email.tokens import Maker, Purpose
from regulars.integrations.shop import connections
from regulars.platform import tenancy
from regulars.tenants import endpoints, entitlements
from regulars.tenants.models import Access, Tenant
from tests.billing import living
from tests.billing.living import SHOP_SECRET, visited
from tests.factories.mails import LINKS, launched, mail
from tests.integrations.email.test_touches import FIREFOX


@pytest.fixture(params=[Access.READ_ONLY, Access.BILLING_ONLY])
def owing(request, tea_shop):
    with tenancy.shared():
        Tenant.objects.filter(pk=tea_shop.pk).update(access=request.param)
    tea_shop.access = request.param
    return tea_shop


@pytest.fixture
def stranger():
    return Client(headers={"host": "teashop.localhost"}, enforce_csrf_checks=True)


class TestTheAddressesInAMail:
    @pytest.fixture
    def paths(self, owing):
        with tenancy.opened(owing.schema_name):
            row = mail(launched(), state=RecipientState.SENT)
            opened, clicked, unsubscribe = (
                Maker().token(each, recipient=row.pk, link=int(each == Purpose.CLICK))
                for each in (Purpose.OPEN, Purpose.CLICK, Purpose.UNSUBSCRIBE)
            )
        return f"/m/o/{opened}.gif", f"/m/c/{clicked}", f"/m/u/{unsubscribe}"

    @pytest.mark.parametrize("who", ["stranger", "staff"])
    def test_work_for_whoever_reads_it(self, paths, owing, request, who):
        reader, (opened, clicked, unsubscribe) = request.getfixturevalue(who), paths
        agent = {"user-agent": FIREFOX}

        assert reader.get(opened, headers=agent)["Content-Type"] == "image/gif"
        assert reader.get(clicked, headers=agent)["Location"] == LINKS[1]
        assert reader.get(unsubscribe, headers=agent).status_code == 200
        left = reader.post(unsubscribe, {"List-Unsubscribe": "One-Click"}, headers=agent)

        assert left.status_code == 200
        with tenancy.opened(owing.schema_name):
            assert list(Consent.objects.order_by("pk").values_list("is_given", flat=True)) == [True, False]
            assert Touch.objects.count() == 2


class TestTheHooks:
    @pytest.fixture
    def life(self, owing, settings, monkeypatch):
        yield from living.running(owing, settings, monkeypatch)

    def test_take_and_apply_what_a_shop_tells(self, life):
        with tenancy.opened(life.schema):
            shop = connections.connect(
                kind="woocommerce", url="https://shop.example", signing_secret=SHOP_SECRET,
                at=life.account.moment,
            )  # fmt: skip
            door = endpoints.url_of(connection_id=shop.pk).partition("localhost:8000")[2]

        assert life.order_comes_in(door) == 200

        with tenancy.opened(life.schema):
            assert Order.objects.count() == 1

    def test_take_the_event_that_opens_the_workspace_again(self, life, owing):
        subscriptions.start_trial(tenant=life.schema, at=life.account.moment - timedelta(days=20))
        with tenancy.shared():
            Tenant.objects.filter(pk=owing.pk).update(access=owing.access)
        life.sign_in()
        visited(life.staff.post("/billing/checkout/", {"plan": "starter"})["Location"], "pay")
        life.hear()

        assert entitlements.access(tenant=life.schema) is Access.FULL
        assert life.standing[:2] == ("active", "starter")
