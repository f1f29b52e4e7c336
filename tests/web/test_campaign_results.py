"""What the page of a launched campaign says of its results, in sentences that fit the numbers."""

from decimal import Decimal

import pytest

from regulars.integrations.email.models import Campaign
from regulars.integrations.email.results import Results
from regulars.web import campaign_results


def shown(**figures):
    nothing = dict.fromkeys(list(Results.__dataclass_fields__)[:-2], 0)
    found = Results(**{**nothing, "revenue": Decimal(0), "links": [], **figures})
    return campaign_results.page(Campaign(state="finished"), found, currency="EUR")


class TestPage:
    @pytest.mark.parametrize(
        ("count", "words"),
        [
            (0, "No order has come within 5 days of a click in this mail so far."),
            (
                1,
                "1 order came within 5 days of a click in this mail, the last mail clicked before it. "
                "Refunds are taken off.",
            ),
            (
                1234,
                "1,234 orders came within 5 days of a click in this mail, the last mail clicked before each. "
                "Refunds are taken off.",
            ),
        ],
    )
    def test_tells_of_orders(self, count, words):
        assert shown(orders_count=count)["orders"] == words

    @pytest.mark.parametrize(
        ("opens", "clicks", "words"),
        [
            (0, 0, "Openings and clicks by machines are counted apart; there were none."),
            (1, 0, "1 opening and 0 clicks by machines are left out above"),
            (1200, 1, "1,200 openings and 1 click by machines are left out above"),
        ],
    )
    def test_tells_of_machines(self, opens, clicks, words):
        assert shown(bot_opens=opens, bot_clicks=clicks)["bots"].startswith(words)
