"""What the public site says of each plan, in words; prices are shown before anybody pays, not here."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TRIAL_DAYS = 14


@dataclass(frozen=True)
class Plan:
    code: str
    name: Promise
    for_whom: Promise
    holds: tuple[Promise, ...]


PLANS = (
    Plan(
        code="free",
        name=_("Free"),
        for_whom=_("For a shop that wants to look around."),
        holds=(
            _("One shop"),
            _("Customers and orders on one page each"),
            _("Notes and a timeline for every customer"),
        ),
    ),
    Plan(
        code="starter",
        name=_("Starter"),
        for_whom=_("For a shop with a few people behind it."),
        holds=(
            _("Everything in Free"),
            _("Your past orders, imported from a file"),
            _("Profit per customer, from your costs or one margin"),
        ),
    ),
    Plan(
        code="growth",
        name=_("Growth"),
        for_whom=_("For a team that sells in several shops."),
        holds=(
            _("Everything in Starter"),
            _("Several shops in one list of customers"),
            _("REST access for your own programs"),
        ),
    ),
)
