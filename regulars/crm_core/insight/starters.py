"""Segments that most shops want first, ready to be taken over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.crm_core.insight import segments
from regulars.crm_core.insight.models import Segment
from regulars.platform import errors, tenancy


class UnknownStarter(errors.NotFound):
    code = "unknown_starter"


@dataclass(frozen=True)
class Starter:
    name: str | Promise
    why: str | Promise
    rules: dict[str, Any]


STARTERS: Mapping[str, Starter] = {
    "silent_firsts": Starter(
        gettext_lazy("Bought once, silent for 60 days"),
        gettext_lazy("The second order makes a regular: remind them that you are there."),
        {
            "all": [
                {"field": "orders_count", "is": "equals", "value": 1},
                {"field": "last_order", "is": "not_within_days", "value": 60},
            ]
        },
    ),
    "loyal": Starter(
        gettext_lazy("Loyal customers"),
        gettext_lazy("They come again and again: show them the new things first."),
        {"all": [{"field": "stage", "is": "any_of", "value": ["loyal"]}]},
    ),
    "at_risk": Starter(
        gettext_lazy("At risk of leaving"),
        gettext_lazy("Silent for far longer than usual for them: ask what is missing."),
        {
            "all": [
                {"field": "stage", "is": "any_of", "value": ["at_risk"]},
                {"field": "orders_count", "is": "at_least", "value": 2},
            ]
        },
    ),
    "may_be_mailed": Starter(
        gettext_lazy("Everyone who agreed to e-mail"),
        gettext_lazy("Your newsletter: all those who said yes, and have not said no since."),
        {"all": [{"field": "consent", "is": "given", "value": "email"}]},
    ),
}


@tenancy.atomic
def take_over(*, key: str, at: datetime, actor_id: UUID | None = None) -> Segment:
    """Make the segment of a starter, named in the reader's language.

    Raises UnknownStarter, and what ``segments.save`` raises: SegmentNameTaken for a second time.
    """
    starter = STARTERS.get(key)
    if starter is None:
        raise UnknownStarter(_("There is no such suggestion."))
    return segments.save(name=str(starter.name), rules=starter.rules, at=at, actor_id=actor_id)
