"""The command: makes what is missing, tells the sign-ins, and stays out of production."""

import dataclasses
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from regulars.crm_core.commerce.models import Order
from regulars.demo import leafkiln, qinghe, seeding
from regulars.platform import tenancy
from regulars.tenants import accounts
from regulars.tenants.models import Tenant
from regulars.tenants.naming import tenant_called

FEW = 25
NOW = timezone.now()


@pytest.fixture
def small_shops(monkeypatch):
    shops = tuple(dataclasses.replace(shop, shoppers=FEW) for shop in (leafkiln.SHOP, qinghe.SHOP))
    monkeypatch.setattr(seeding, "SHOPS", shops)
    return shops


def seed_demo(*words):
    out = StringIO()
    call_command("seed_demo", "--json", "--in-turn", *words, stdout=out)
    return out.getvalue().splitlines()


@pytest.mark.usefixtures("db", "small_shops")
class TestSeedDemo:
    def test_makes_both_tenants_and_tells_how_to_sign_in(self):
        *lines, last = seed_demo()

        told = json.loads(last)["tenants"]
        assert [(each["tenant"], each["url"]) for each in told] == [
            ("leafkiln", "http://leafkiln.localhost:8000/"),
            ("qinghe", "http://qinghe.localhost:8000/"),
        ]
        for each in told:
            person = accounts.authenticated(
                email=each["email"], password=each["password"], address=None, at=NOW
            )
            assert [tenant.slug for tenant in accounts.workspaces(person=person)] == [each["tenant"]]
            assert any(each["password"] in line for line in lines)

    def test_gives_each_its_currency_zone_and_language(self):
        seed_demo()

        rows = Tenant.objects.filter(slug__in=["leafkiln", "qinghe"]).order_by("slug")
        assert list(rows.values_list("currency", "time_zone", "language", "name")) == [
            ("GBP", "Europe/London", "en", "Leaf & Kiln"),
            ("CNY", "Asia/Shanghai", "zh-hans", "青禾茶器"),
        ]

    def test_writes_chinese_names_the_chinese_way(self):
        seed_demo("--only", "qinghe")

        with tenancy.opened(tenant_called("qinghe").schema_name):
            order = Order.objects.exclude(contact=None).select_related("contact").first()
            assert order.contact.name == order.contact.last_name + order.contact.first_name

    def test_skips_what_is_there_and_says_the_same(self):
        first = seed_demo()
        with tenancy.opened(tenant_called("leafkiln").schema_name):
            before = Order.objects.count()

        again = seed_demo()

        assert again[-1] == first[-1]
        assert len(again) == 3
        with tenancy.opened(tenant_called("leafkiln").schema_name):
            assert Order.objects.count() == before

    def test_refuses_production_and_makes_nothing(self, settings):
        settings.SETTINGS_MODULE = "regulars.settings.production"

        with pytest.raises(CommandError, match="for development"):
            seed_demo()

        assert not Tenant.objects.filter(slug="leafkiln").exists()
