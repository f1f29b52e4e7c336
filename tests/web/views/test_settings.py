from datetime import date
from decimal import Decimal

import pytest

from regulars.crm_core.commerce.models import ExchangeRate
from regulars.crm_core.insight import assumptions
from regulars.platform import tenancy
from regulars.tenants.models import Person, Tenant
from tests.web.conftest import PASSWORD, signed_in, words


class TestWorkspace:
    said = {"name": "Tea & Time", "time_zone": "Asia/Shanghai", "language": "zh-hans"}

    def test_is_renamed_and_moved(self, staff):
        answer = staff.post("/settings/workspace/", self.said)

        assert answer["Location"] == "/settings/#workspace"
        tenant = Tenant.objects.get(slug="teashop")
        assert (tenant.name, tenant.time_zone, tenant.language) == tuple(self.said.values())
        assert tenant.currency == "EUR"

    @pytest.mark.parametrize("wrong", [{"name": " "}, {"time_zone": "Mars/Base"}, {"language": "xx"}])
    def test_refuses_what_cannot_be(self, staff, wrong):
        answer = staff.post("/settings/workspace/", {**self.said, **wrong})

        assert answer.status_code == 422
        assert set(answer.context["workspace_form"].errors) == set(wrong)
        assert Tenant.objects.get(slug="teashop").name == "Tea Shop"


class TestFigures:
    def test_take_the_owners_margin_and_forget_it(self, staff, tea_shop):
        staff.post("/settings/figures/", {"percent": "42.5"})
        with tenancy.opened(tea_shop.schema_name):
            assert assumptions.margin() == Decimal("42.5")

        staff.post("/settings/figures/", {"percent": ""})
        with tenancy.opened(tea_shop.schema_name):
            assert assumptions.margin() is None

    @pytest.mark.parametrize("percent", ["-1", "101", "1.234", "many"])
    def test_refuse_what_is_no_percentage(self, staff, percent):
        assert staff.post("/settings/figures/", {"percent": percent}).status_code == 422

    def test_take_exchange_rates(self, staff, tea_shop):
        staff.post("/settings/rates/", {"currency": "USD", "rate": "0.92", "valid_from": "2026-01-01"})

        with tenancy.opened(tea_shop.schema_name):
            row = ExchangeRate.objects.get()
        assert (row.currency, row.rate, row.valid_from) == ("USD", Decimal("0.92"), date(2026, 1, 1))
        assert "0.92\xa0EUR" in words(staff.get("/settings/"))

    @pytest.mark.parametrize(
        "wrong", [{"rate": "0"}, {"rate": "-1"}, {"currency": "EUR"}, {"valid_from": ""}]
    )
    def test_refuse_what_is_no_rate(self, staff, tea_shop, wrong):
        said = {"currency": "USD", "rate": "0.92", "valid_from": "2026-01-01", **wrong}

        assert staff.post("/settings/rates/", said).status_code == 422
        with tenancy.opened(tea_shop.schema_name):
            assert not ExchangeRate.objects.exists()


class TestAccount:
    def test_changes_name_language_and_zone(self, staff):
        said = {"account-name": "Jo M.", "account-language": "zh-hans", "account-time_zone": "Asia/Tokyo"}
        staff.post("/settings/account/", said)

        person = Person.objects.get(email="owner@teashop.example")
        assert (person.name, person.language, person.time_zone) == ("Jo M.", "zh-hans", "Asia/Tokyo")

    def test_changes_the_password_and_stays_signed_in_here_alone(self, staff, tea_shop, owner):
        elsewhere = signed_in(owner, tea_shop)

        staff.post("/settings/account/password/", {"present": PASSWORD, "password": "another good one"})

        assert Person.objects.get(pk=owner.pk).check_password("another good one")
        assert staff.get("/settings/").status_code == 200
        assert elsewhere.get("/settings/").status_code == 302

    @pytest.mark.parametrize(
        ("present", "password", "field"),
        [("wrong words", "another good one", "present"), (PASSWORD, "short", "password")],
    )
    def test_refuses_a_wrong_or_a_weak_password(self, staff, owner, present, password, field):
        answer = staff.post("/settings/account/password/", {"present": present, "password": password})

        assert answer.status_code == 422
        assert list(answer.context["password_form"].errors) == [field]
        assert Person.objects.get(pk=owner.pk).check_password(PASSWORD)


def test_who_owns_nothing_changes_only_themselves(helper):
    shown = words(helper.get("/settings/"))

    assert "Only owners change the workspace." in shown
    assert 'action="/settings/account/"' in shown


def test_the_people_of_the_workspace_are_listed(staff, helper):
    emails = [each["email"] for each in staff.get("/settings/").context["members"]]

    assert emails == ["owner@teashop.example", "helper@teashop.example"]
