"""What became of a campaign, counted from its rows: machines' openings and clicks apart from people's."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from regulars.integrations.email.models import Recipient, RecipientState
from regulars.platform import tenancy

# Revenue is what the ledger holds, refunds and all, so a refund a year later is subtracted by itself.
FIGURES = """
    WITH mails AS (
        SELECT count(*) AS recipients,
            count(*) FILTER (WHERE state = 3) AS sent,
            count(*) FILTER (WHERE state IN (0, 1, 2)) AS pending,
            count(*) FILTER (WHERE state = 6) AS refused,
            count(*) FILTER (WHERE state = 5) AS skipped,
            count(*) FILTER (WHERE state = 4) AS uncertain,
            count(opened_at) AS opened, count(clicked_at) AS clicked, count(unsubscribed_at) AS unsubscribed
        FROM email_recipient WHERE campaign_id = %(campaign)s
    ),
    machines AS (
        SELECT count(*) FILTER (WHERE t.kind = 'open') AS bot_opens,
            count(*) FILTER (WHERE t.kind = 'click') AS bot_clicks
        FROM email_touch t JOIN email_recipient r ON r.id = t.recipient_id
        WHERE r.campaign_id = %(campaign)s AND t.verdict IN ('bot', 'prefetch')
    ),
    earned AS (
        SELECT count(DISTINCT a.order_id) AS orders_count, coalesce(sum(e.base_amount), 0) AS revenue
        FROM email_attribution a
        JOIN commerce_order o ON o.id = a.order_id AND o.is_counted
        LEFT JOIN commerce_saleentry e ON e.order_id = o.id
        WHERE a.campaign_id = %(campaign)s
    )
    SELECT * FROM mails, machines, earned
"""
LINKS = """
    SELECT l.url, count(DISTINCT t.recipient_id) FILTER (WHERE t.verdict = 'human') AS clicks
    FROM email_link l LEFT JOIN email_touch t ON t.link_id = l.id AND t.kind = 'click'
    WHERE l.campaign_id = %(campaign)s GROUP BY l.id, l.url, l.position ORDER BY clicks DESC, l.position
"""


@dataclass(frozen=True, kw_only=True)
class LinkResult:
    """``clicks``: how many people followed it."""

    url: str
    clicks: int


@dataclass(frozen=True, kw_only=True)
class Results:
    """Counts of mails; ``opened`` and ``clicked`` count people. ``revenue`` in the tenant's currency."""

    recipients: int
    sent: int
    pending: int
    refused: int
    skipped: int
    uncertain: int
    opened: int
    clicked: int
    unsubscribed: int
    bot_opens: int
    bot_clicks: int
    orders_count: int
    revenue: Decimal
    links: list[LinkResult]


def of(*, campaign_id: UUID) -> Results:
    """In two statements; a campaign without recipients has zeros."""
    figures = tenancy.rows(FIGURES, {"campaign": campaign_id})[0]
    links = [
        LinkResult(url=url, clicks=clicks) for url, clicks in tenancy.rows(LINKS, {"campaign": campaign_id})
    ]
    names = list(Results.__dataclass_fields__)[:-1]
    return Results(**dict(zip(names, figures, strict=True)), links=links)


def mailed_since(*, moment: datetime) -> int:
    """How many campaign mails count as sent since then, the uncertain and those under way included.

    What is still pending counts too: it was promised at launch.
    """
    counted = [
        RecipientState.PENDING,
        RecipientState.CLAIMED,
        RecipientState.INFLIGHT,
        RecipientState.SENT,
        RecipientState.UNCERTAIN,
    ]
    return Recipient.objects.filter(campaign__launched_at__gte=moment, state__in=counted).count()
