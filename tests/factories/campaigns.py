"""Segments and campaigns as staff make them, with everything a test does not care for filled in."""

from regulars.crm_core.insight.models import Segment
from regulars.integrations.email import campaigns
from tests.factories.commerce import NOON

ONCE_AND_SILENT = {
    "all": [
        {"field": "orders_count", "is": "equals", "value": 1},
        {"field": "last_order", "is": "not_within_days", "value": 60},
    ]
}
HELLO = ({"kind": "text", "markdown": "Hello {{ first_name|there }}"},)


def segment(name="Bought once", *, rules=ONCE_AND_SILENT, at=NOON, **more):
    return Segment.objects.create(name=name, rules=rules, made_at=at, changed_at=at, **more)


def draft(name="Spring", *, at=NOON, subject="New teas", blocks=HELLO, segment=None):
    """A campaign that has been written."""
    made = campaigns.make(name=name, at=at)
    return campaigns.save(
        campaign_id=made.pk,
        version=made.version,
        name=name,
        subject=subject,
        preview_text="Fresh from the hills",
        blocks=blocks,
        segment_id=segment and segment.pk,
        at=at,
    )
