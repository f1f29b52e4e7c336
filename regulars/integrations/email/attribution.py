"""Orders that followed a click: the last touch of a person within five days before the order counts.

The rule has a name, kept with each decision, so that another rule can be worked out anew. Revenue is never
copied: it is read from the ledger, where refunds subtract.
"""

from datetime import datetime, timedelta
from uuid import UUID

from regulars.crm_core.commerce.models import Order
from regulars.crm_core.customers import resolving
from regulars.integrations.email.models import Attribution, Touch
from regulars.platform import tenancy

WINDOW = timedelta(days=5)
RULE = "last_click_5d"
LIVE_ORIGINS = frozenset({"webhook", "fetch", "reconcile", "push", "staff"})  # history earns nothing


@tenancy.atomic
def attribute(*, order_id: UUID, at: datetime) -> Attribution | None:
    """Decide on an order once; None when nobody clicked in time, or it is history, a test, or nobody's."""
    order = Order.objects.filter(pk=order_id, is_test=False).first()
    if order is None or order.contact_id is None or order.origin not in LIVE_ORIGINS:
        return None
    known = Attribution.objects.filter(order_id=order_id).first()
    touch = _last_touch(order, customer=order.contact_id)
    if known is not None or touch is None:
        return known
    row, _is_new = Attribution.objects.get_or_create(
        order_id=order_id,
        defaults={
            "campaign_id": touch.recipient.campaign_id,
            "recipient": touch.recipient,
            "touch": touch,
            "rule": RULE,
            "touched_at": touch.happened_at,
            "decided_at": at,
        },
    )
    return row


def _last_touch(order: Order, *, customer: UUID) -> Touch | None:
    family = resolving.family(resolving.resolved(customer).pk)
    clicks = Touch.objects.filter(recipient__contact__in=family, kind="click", verdict="human")
    clicks = clicks.filter(happened_at__lte=order.ordered_at, happened_at__gte=order.ordered_at - WINDOW)
    return clicks.select_related("recipient").order_by("-happened_at", "-pk").first()
