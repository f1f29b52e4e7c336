"""The Billing screen, through the pretending gateway; what owners may and members may not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from regulars.billing import gateways, subscriptions
from regulars.billing.models import Payer, Subscription
from regulars.platform import tenancy
from regulars.tenants import entitlements
from regulars.tenants.models import Tenant
from tests.web.conftest import words


@pytest.fixture
def pretending(settings, tmp_path):
    settings.STRIPE_API_KEY, settings.HOME = "", tmp_path
    return gateways.pretending()


def put(tenant, **changes):
    subscriptions.found(tenant=tenant.schema_name, at=timezone.now())
    with tenancy.shared():
        Subscription.objects.filter(tenant=tenant).update(**changes)


class TestIndex:
    def test_tells_plan_trial_usage_and_what_counts(self, staff):
        page = words(staff.get("/billing/"))

        assert "14 days left" in page
        assert "A contact is a person or company in your list of customers." in page
        assert "€29" in page
        assert "No bills yet" in page

    def test_lets_members_look_and_owners_change(self, helper):
        page = words(helper.get("/billing/"))

        assert "Only owners change the plan." in page
        assert "/billing/checkout/" not in page

    def test_shows_a_plan_by_agreement_without_offering_others(self, staff, tea_shop):
        subscriptions.agree(
            tenant=tea_shop.schema_name, plan="growth", payer=Payer.MANUAL, at=timezone.now(), cause="test"
        )

        page = words(staff.get("/billing/"))

        assert "By agreement." in page
        assert "/billing/checkout/" not in page


class TestCheckout:
    def test_leads_through_the_pretended_page_and_back_to_the_plan(
        self, staff, browser, pretending, tea_shop
    ):
        start = timezone.now() - timedelta(days=13)
        subscriptions.start_trial(tenant=tea_shop.schema_name, at=start)

        led = staff.post("/billing/checkout/", {"plan": "starter"})
        path = led["Location"].partition("localhost:8000")[2]
        shown = browser.get(path)
        paid = browser.post(path, {"do": "pay"})
        staff.get("/billing/?from=checkout")
        page = words(staff.get("/billing/"))

        assert led.status_code == 303
        assert path.startswith("/pretend/checkout/")
        assert "Starter" in words(shown)
        assert paid["Location"].endswith("/billing/?from=checkout")
        assert "Your plan is Starter." in page
        assert "PRETEND-0001" in page

    def test_says_what_is_wrong_and_leads_nowhere(self, staff, pretending):
        answer = staff.post("/billing/checkout/", {"plan": "free"}, follow=True)

        assert "there is nothing to pay for" in words(answer)
        assert staff.post("/billing/checkout/", {"plan": "gold"}).status_code == 404

    def test_says_so_where_payments_are_not_set_up(self, staff, settings):
        settings.STRIPE_API_KEY, settings.PAYMENTS_MAY_PRETEND = "", False

        answer = staff.post("/billing/checkout/", {"plan": "starter"}, follow=True)

        assert "Payments are not set up here." in words(answer)


class TestThePretendedPages:
    def test_are_not_there_where_nobody_may_pretend(self, browser, settings, db):
        settings.STRIPE_API_KEY, settings.PAYMENTS_MAY_PRETEND = "", False

        assert browser.get("/pretend/checkout/page_1/").status_code == 404

    def test_are_not_there_under_another_name(self, browser, pretending, db):
        assert browser.get("/pretend/portal/page_1/").status_code == 404


class TestStanding:
    @pytest.mark.parametrize(
        ("state", "left", "said"),
        [
            ("trialing", timedelta(days=2, hours=1), "Your trial ends in 3 days."),
            ("past_due", timedelta(days=5), "A bill could not be paid."),
            ("restricted", timedelta(days=5), "Read-only, and no mail goes out"),
            ("suspended", timedelta(days=5), "Suspended until the bill is paid."),
        ],
    )
    def test_is_said_on_every_screen(self, staff, tea_shop, state, left, said):
        put(tea_shop, state=state, until=timezone.now() + left)

        assert said in words(staff.get("/customers/"))

    def test_is_not_spoken_of_while_all_is_well(self, staff, tea_shop):
        put(tea_shop, state="active", until=None)

        assert 'class="standing"' not in words(staff.get("/customers/"))

    def test_costs_no_statement(self, staff, tea_shop, django_assert_max_num_queries):
        put(tea_shop, state="restricted")
        staff.get("/orders/")

        with django_assert_max_num_queries(20) as asked:
            staff.get("/orders/")

        assert [each for each in asked.captured_queries if "billing_invoice" in each["sql"]] == []
        about = [each["sql"] for each in asked.captured_queries if "billing_subscription" in each["sql"]]
        assert len(about) == 1
        assert "tenants_membership" in about[0]


class TestReadOnly:
    @pytest.fixture
    def standing(self, tea_shop):
        def become(access):
            with tenancy.shared():
                Tenant.objects.filter(pk=tea_shop.pk).update(access=access)

        return become

    def test_shows_everything_and_changes_nothing(self, staff, standing):
        standing(entitlements.Access.READ_ONLY)

        assert staff.get("/customers/").status_code == 200
        refused = staff.post("/settings/figures/", {"percent": "40"})
        assert (refused.status_code, "Go to billing" in words(refused)) == (402, True)
        part = staff.post("/settings/figures/", {}, headers={"hx-request": "true"})
        assert (part.status_code, "<html" in words(part)) == (402, False)

    def test_leaves_billing_preferences_and_leaving_alone(self, staff, standing, pretending):
        standing(entitlements.Access.READ_ONLY)

        assert staff.post("/preferences/theme/", {"theme": "dark"}).status_code != 402
        assert staff.post("/billing/checkout/", {"plan": "starter"}).status_code == 303
        assert staff.post("/leave/").status_code != 402

    def test_leaves_billing_and_export_to_the_suspended(self, staff, standing):
        standing(entitlements.Access.BILLING_ONLY)

        assert staff.get("/customers/").status_code == 402
        assert staff.get("/customers/export/").status_code == 200
        assert staff.get("/billing/").status_code == 200
