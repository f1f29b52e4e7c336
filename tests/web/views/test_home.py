from decimal import Decimal

import pytest
from django.utils import timezone

from regulars.crm_core.insight import assumptions
from regulars.integrations.shop import connections
from regulars.integrations.shop.models import Connection
from regulars.platform import tenancy
from tests.web.conftest import words


class TestFresh:
    def test_shows_how_to_begin_instead_of_zeros(self, staff):
        answer = staff.get("/")

        assert "Connect your shop" in words(answer)
        assert "€0" not in words(answer)
        assert [step["is_done"] for step in answer.context["steps"]] == [False, False, False]

    def test_ticks_off_what_is_done(self, staff, shop, tea_shop):
        with tenancy.opened(tea_shop.schema_name):
            assumptions.set_margin(percent=Decimal(40), at=timezone.now())

        answer = staff.get("/")
        assert [step["is_done"] for step in answer.context["steps"]] == [True, True, False]
        assert "2 of 3 done" in words(answer)


class TestFigures:
    def values(self, answer):
        return {each["label"]: each["value"] for each in answer.context["figures"]}

    def test_put_profit_first(self, staff, bought, tea_shop):
        with tenancy.opened(tea_shop.schema_name):
            assumptions.set_margin(percent=Decimal(50), at=timezone.now())
        bought("ana@example.com", days_ago=20, goods="100.00")
        bought("ana@example.com", days_ago=2, goods="60.00")
        bought("bea@example.com", days_ago=40, goods="80.00")

        answer = staff.get("/")

        assert self.values(answer) == {
            "Profit, 30 days, estimated": "€80",
            "Revenue, 30 days": "€160",
            "Orders": "2",
            "Returning customers": "100%",
            "Average order": "€80.00",
        }
        assert answer.context["figures"][1]["change"] == 1

    def test_ask_for_a_margin_while_profit_is_unknown(self, staff, bought):
        bought()

        answer = staff.get("/")

        assert self.values(answer)["Profit, 30 days"] == "\N{EM DASH}"
        assert "Give the margin" in words(answer)

    @pytest.mark.parametrize(("asked", "days"), [("7", 7), ("30", 30), ("90", 90), ("5", 30), ("x", 30)])
    def test_draw_the_period_asked_for(self, staff, bought, asked, days):
        bought()

        assert len(staff.get(f"/?days={asked}").context["chart"].points) == days

    def test_name_who_has_fallen_silent_and_why(self, staff, bought):
        for days_ago in (400, 380, 360, 200):
            bought("ana@example.com", days_ago=days_ago)

        answer = staff.get("/")

        [silent] = answer.context["attention"]
        assert (silent["name"], silent["value"]) == ("Ana Ray", "€10")
        assert "every 67\xa0days; silent for 200\xa0days" in silent["reason"]
        assert "1 customer needs a word from you." in words(answer)


class TestProgress:
    def begin(self, shop, tea_shop):
        with tenancy.opened(tea_shop.schema_name):
            connections.read_again(connection_id=shop.pk, changed_after=None, at=timezone.now())

    def test_says_that_figures_are_incomplete_and_asks_again(self, staff, bought, shop, tea_shop):
        bought()
        self.begin(shop, tea_shop)

        shown = words(staff.get("/"))

        assert "Figures are still incomplete." in shown
        assert 'hx-get="/progress/"' in shown

    def test_stops_asking_once_all_is_read(self, staff, shop, tea_shop):
        self.begin(shop, tea_shop)
        assert 'hx-trigger="every 2s"' in words(staff.get("/progress/"))
        with tenancy.opened(tea_shop.schema_name):
            Connection.objects.get(pk=shop.pk).cursors.update(finished_at=timezone.now())

        done = words(staff.get("/progress/"))

        assert "hx-trigger" not in done
        assert "Everything has been read." in done
