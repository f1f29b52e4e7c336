"""One customer's spending: month by month, and what they buy most."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Sum
from django.db.models.functions import TruncMonth

from regulars.crm_core.commerce.models import OrderLine, SaleEntry


@dataclass(frozen=True)
class Favorite:
    """Something bought again and again. ``quantity`` pieces in ``orders_count`` orders."""

    title: str
    quantity: Decimal
    orders_count: int


def monthly(*, contact: UUID, months: int, zone: ZoneInfo, at: datetime) -> list[Decimal]:
    """What was spent in each of the last months, the present one last, in the tenant's currency and zone."""
    last = at.astimezone(zone).date().replace(day=1)
    days = [_month_before(last, by) for by in range(months - 1, -1, -1)]
    begin = datetime.combine(days[0], datetime.min.time(), tzinfo=zone)
    rows = SaleEntry.objects.filter(order__contact=contact, happened_at__gte=begin, happened_at__lte=at)
    rows = rows.exclude(base_amount=None).annotate(month=TruncMonth("happened_at", tzinfo=zone))
    sums = {row["month"].date(): row["sum"] for row in rows.values("month").annotate(sum=Sum("base_amount"))}
    return [sums.get(day, Decimal(0)) for day in days]


def favorites(*, contact: UUID, limit: int) -> list[Favorite]:
    """The products this customer bought in most orders, only of orders that count."""
    lines = OrderLine.objects.filter(order__contact=contact, order__is_counted=True)
    rows = lines.values("title").annotate(times=Count("order_id", distinct=True), pieces=Sum("quantity"))
    return [
        Favorite(row["title"], row["pieces"], row["times"])
        for row in rows.order_by("-times", "-pieces", "title")[:limit]
    ]


def _month_before(day: date, by: int) -> date:
    months = day.year * 12 + day.month - 1 - by
    return date(months // 12, months % 12 + 1, 1)
