"""What came of several campaigns at once, for a list of them: two statements, however many there are."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, OuterRef, Q, Subquery, Sum

from regulars.crm_core.commerce.models import SaleEntry
from regulars.integrations.email.models import Attribution, Recipient, RecipientState


@dataclass(frozen=True, kw_only=True)
class Overview:
    """``revenue`` is in the tenant's currency, refunds taken off; of orders that followed a click."""

    recipients: int = 0
    sent: int = 0
    opened: int = 0
    clicked: int = 0
    revenue: Decimal = Decimal(0)


def of(*, campaign_ids: Collection[UUID]) -> dict[UUID, Overview]:
    """The figures of each campaign that has recipients; opens and clicks are those of humans."""
    if not campaign_ids:
        return {}
    counted = Recipient.objects.filter(campaign__in=campaign_ids).values("campaign_id")
    counted = counted.annotate(
        recipients=Count("pk"),
        sent=Count("pk", filter=Q(state=RecipientState.SENT)),
        opened=Count("opened_at"),
        clicked=Count("clicked_at"),
    )
    earned = _revenue(campaign_ids)
    return {
        row["campaign_id"]: Overview(
            recipients=row["recipients"],
            sent=row["sent"],
            opened=row["opened"],
            clicked=row["clicked"],
            revenue=earned.get(row["campaign_id"], Decimal(0)),
        )
        for row in counted
    }


def _revenue(campaign_ids: Collection[UUID]) -> dict[UUID, Decimal]:
    entries = SaleEntry.objects.filter(order_id=OuterRef("order_id"), order__is_counted=True)
    of_order = entries.order_by().values("order_id").annotate(total=Sum("base_amount")).values("total")
    rows = Attribution.objects.filter(campaign__in=campaign_ids).annotate(earned=Subquery(of_order))
    summed = rows.values("campaign_id").annotate(total=Sum("earned"))
    return {row["campaign_id"]: row["total"] or Decimal(0) for row in summed}
