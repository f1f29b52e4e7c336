"""What the owner tells us where the shop is silent: one margin, for goods whose cost nobody knows."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from regulars.crm_core.insight.models import Assumptions
from regulars.platform import errors, tenancy
from regulars.platform.facts import facts

LARGEST_PERCENT = Decimal(100)
STEP_PERCENT = Decimal("0.01")
SUBJECT = UUID(int=1)  # facts have a subject: the one row of assumptions


class NotAPercentage(errors.Invalid):
    code = "not_a_percentage"


def margin() -> Decimal | None:
    """What of 100 spent on goods is profit, in percent; None while the owner has not said."""
    return Assumptions.objects.values_list("margin_percent", flat=True).filter(pk=1).first()


@tenancy.atomic
def set_margin(*, percent: Decimal | None, at: datetime, actor_id: UUID | None = None) -> None:
    """Take the owner's estimate (None: no estimate); profits are worked out anew with it.

    Raises NotAPercentage outside 0..100 or with more than two decimals.
    """
    if percent is not None and not _is_percentage(percent):
        raise NotAPercentage(_("A margin is a percentage between 0 and 100."))
    before = margin()
    if before == percent:
        return
    Assumptions.objects.update_or_create(pk=1, defaults={"margin_percent": percent, "changed_at": at})
    facts.record(
        "margin.changed",
        subject_id=SUBJECT,
        actor_id=actor_id,
        before={"percent": None if before is None else str(before)},
        after={"percent": None if percent is None else str(percent)},
        at=at,
    )


def _is_percentage(percent: Decimal) -> bool:
    return (
        percent.is_finite() and 0 <= percent <= LARGEST_PERCENT and percent == percent.quantize(STEP_PERCENT)
    )
