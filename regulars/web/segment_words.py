"""The words of the rule builder: what a rule can be about, and how it can be compared."""

from django.utils.translation import gettext_lazy as _

from regulars.crm_core.insight.rules import WAYS
from regulars.crm_core.insight.tree import MOMENTS, NUMBERS, TEXTS
from regulars.web.words import Words

FIELDS: tuple[tuple[Words, tuple[tuple[str, Words], ...]], ...] = (
    (
        _("Orders"),
        (
            ("orders_count", _("Number of orders")),
            ("total_spent", _("Net spend")),
            ("profit", _("Profit")),
            ("last_order", _("Last order")),
            ("first_order", _("First order")),
            ("average_gap_days", _("Usual days between orders")),
            ("bought", _("Bought a product")),
        ),
    ),
    (
        _("Person"),
        (
            ("stage", _("Stage")),
            ("tag", _("Tag")),
            ("consent", _("Consent")),
            ("country_code", _("Country")),
            ("city", _("City")),
            ("company", _("Company")),
            ("name", _("Name")),
            ("email_domain", _("E-mail domain")),
            ("source", _("Source")),
            ("appeared", _("Known to us")),
        ),
    ),
)
MATCHES: dict[str, Words] = {
    "all": _("All of these hold"),
    "any": _("At least one of these holds"),
    "none": _("None of these holds"),
    "not_all": _("Not all of these hold"),
}
COMPARED: dict[str, Words] = {
    "equals": _("is exactly"),
    "at_least": _("is at least"),
    "at_most": _("is at most"),
    "between": _("is between"),
}
TIMED: dict[str, Words] = {"within_days": _("in the last"), "not_within_days": _("not in the last")}
WORDED: dict[str, Words] = {
    "equals": _("is"),
    "not_equals": _("is not"),
    "any_of": _("is one of"),
    "none_of": _("is none of"),
    "contains": _("contains"),
    "not_contains": _("does not contain"),
}
BY_FIELD: dict[str, dict[str, Words]] = {
    **dict.fromkeys(NUMBERS, COMPARED),
    **dict.fromkeys(MOMENTS, TIMED),
    **dict.fromkeys(TEXTS, WORDED),
    "stage": {"any_of": _("is"), "none_of": _("is not")},
    "tag": {"has": _("is"), "has_not": _("is not")},
    "consent": {"given": _("was given"), "refused": _("was refused"), "unknown": _("was never asked for")},
    "bought": {**TIMED, "ever": _("at any time"), "never": _("never")},
}


def ways(field: str) -> list[tuple[str, Words]]:
    """What a field can be, with words, in the order of the rules."""
    return [(is_, BY_FIELD[field][is_]) for is_ in WAYS[field]]
