"""One file of plans and prices."""

import tomllib
from decimal import Decimal

import pytest
from django.utils import translation

from regulars.billing import plans
from regulars.tenants import entitlements
from regulars.tenants.models import Access


@pytest.fixture
def data():
    return tomllib.loads(plans.PATH.read_text())


class TestTheFile:
    def test_sells_what_the_public_site_promises(self):
        assert [plan.code for plan in plans.listed()] == ["free", "starter", "growth"]
        assert plans.found("free").holds["contacts"] == 500
        assert plans.found("starter").price("EUR") == (Decimal(29), "EUR")
        assert plans.found("starter").price("JPY") == (Decimal(29), "EUR")

    def test_speaks_both_languages(self):
        with translation.override("zh-hans"):
            assert plans.found("free").name == "免费版"
            assert plans.counts_as_contact().startswith("客户列表")
        assert plans.found("free").name == "Free"

    def test_gives_a_trial_what_the_core_gives_a_new_tenant(self):
        assert dict(plans.holds("trial")) == entitlements.TRIAL

    def test_finds_a_plan_by_the_name_of_its_price(self):
        assert plans.of_lookup_key("growth_month_cny").code == "growth"
        assert plans.of_lookup_key("growth_year_cny") is None

    def test_is_refused_with_an_unknown_feature(self, data):
        data["trial"]["flying"] = 3
        with pytest.raises(plans.BrokenCatalogue, match="flying"):
            plans.read(data)

    def test_is_refused_without_a_language(self, data):
        del data["plan"][0]["name"]["zh-hans"]
        with pytest.raises(plans.BrokenCatalogue, match="zh-hans"):
            plans.read(data)

    def test_is_refused_without_a_free_plan(self, data):
        data["plan"] = data["plan"][1:]
        with pytest.raises(plans.BrokenCatalogue, match="free"):
            plans.read(data)


class TestGranted:
    def test_is_the_plan_while_access_is_full(self):
        held = plans.granted(plan="growth", access=Access.FULL, is_over_limit=False)

        assert held == {"contacts": 50_000, "mails": 300_000, "shops": 10, "members": 25, "api": None}

    @pytest.mark.parametrize(("access", "over"), [(Access.READ_ONLY, False), (Access.FULL, True)])
    def test_holds_no_mail_for_one_who_owes_or_has_outgrown_the_plan(self, access, over):
        held = plans.granted(plan="growth", access=access, is_over_limit=over)

        assert "mails" not in held
        assert held["contacts"] == 50_000
