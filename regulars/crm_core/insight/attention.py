"""Who needs a word: regulars who have been silent for far longer than usual, the most valuable first."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from regulars.crm_core.insight import stages
from regulars.crm_core.insight.models import CustomerMetrics, Stage

COUNT_CAP = 1_000


@dataclass(frozen=True, kw_only=True)
class Silent:
    """Somebody at risk. ``at_stake``: what one of their orders has been worth, in the tenant's currency.

    ``usual_gap_days`` is None for who has ordered on one day only: there is no habit to compare with.
    """

    id: UUID
    name: str
    email: str
    usual_gap_days: Decimal | None
    silent_days: int
    orders_count: int
    total_spent: Decimal
    at_stake: Decimal


def due(*, limit: int, at: datetime) -> list[Silent]:
    """Up to ``limit`` customers at risk with a habit, those who spent most first; an index range."""
    rows = CustomerMetrics.objects.filter(is_listed=True, stage=Stage.AT_RISK)
    rows = rows.exclude(average_gap_days=None).select_related("contact")
    return [_silent(row, at=at) for row in rows.order_by("-total_spent", "-contact")[:limit]]


def of(*, metrics: CustomerMetrics, at: datetime) -> Silent | None:
    """The same about one customer; None when nothing is due."""
    return _silent(metrics, at=at) if metrics.stage == Stage.AT_RISK else None


def count() -> int:
    """How many are at risk with a habit; counting stops at COUNT_CAP + 1."""
    rows = CustomerMetrics.objects.filter(is_listed=True, stage=Stage.AT_RISK)
    return rows.exclude(average_gap_days=None)[: COUNT_CAP + 1].count()


def _silent(row: CustomerMetrics, *, at: datetime) -> Silent:
    gap = row.average_gap_days
    return Silent(
        id=row.contact_id,
        name=row.contact.name,
        email=row.contact.email,
        usual_gap_days=None if gap is None else stages.usual_gap_days(gap),
        silent_days=(at - row.last_order_at).days if row.last_order_at else 0,
        orders_count=row.orders_count,
        total_spent=row.total_spent,
        at_stake=row.total_spent / row.orders_count if row.orders_count else Decimal(0),
    )
