"""What follows what: fact name -> the tasks that hear of it; delivery kind -> the task that answers it;
a tenant that moves -> what the rooms do about it.

The only such tables. A follower gets the tenant and the subject's id, may be called twice, and must not mind.
"""

from collections.abc import Callable, Mapping, Sequence

from regulars.billing import tasks as billing
from regulars.crm_core.commerce import tasks as commerce
from regulars.crm_core.insight import tasks as insight
from regulars.integrations.email import caught, sending
from regulars.integrations.email import tasks as email
from regulars.integrations.shop import tasks as shop
from regulars.platform.tasks import Task
from regulars.tenants.deleting import Gone
from regulars.web.middleware import people

FOLLOWERS: Mapping[str, Sequence[Task]] = {
    "campaign.cancelled": [],
    "campaign.copied": [],
    "campaign.drafted": [],
    "campaign.edited": [],
    "campaign.finished": [],
    "campaign.launched": [],
    "campaign.paused": [],
    "campaign.removed": [],
    "campaign.restored": [],
    "campaign.resumed": [],
    "campaign.sending": [email.mind_campaign],
    "campaign.settled": [],
    "campaign.tested": [],
    "consent.given": [],
    "consent.refused": [],
    "contact.appeared": [insight.list_contact],
    "contact.described": [],
    "contact.merged": [insight.list_contact],
    "contact.orders_moved": [insight.list_contact],
    "contact.redacted": [commerce.redact_orders, email.forget_contact],
    "contact.suggested": [],
    "contact.tagged": [],
    "contact.unlinked": [insight.list_contact],
    "contact.unmerged": [insight.list_contact, insight.relist_released],
    "contact.untagged": [],
    "mail.unsubscribed": [],
    "domain.added": [],
    "domain.lapsed": [],
    "domain.missed": [],
    "domain.removed": [],
    "domain.verified": [],
    "customers.imported": [insight.refresh_import],
    "margin.changed": [insight.refresh_everybody],
    "note.put_back": [],
    "note.taken_back": [],
    "note.written": [],
    "order.placed": [insight.refresh_metrics, email.attribute_order],
    "order.changed": [insight.refresh_metrics],
    "order.refunded": [insight.refresh_metrics],
    "order.cancelled": [insight.refresh_metrics],
    "order.gone": [insight.refresh_metrics],
    "order.restored": [insight.refresh_metrics],
    "orders.imported": [insight.refresh_import],
    "orders.taken": [insight.refresh_taken],
    "person.invitation_withdrawn": [],
    "person.invited": [],
    "person.joined": [],
    "person.removed": [],
    "person.role_changed": [],
    "product.cost_set": [],
    "rate.given": [],
    "segment.changed": [],
    "segment.made": [],
    "segment.removed": [],
    "segment.restored": [],
    "sender.changed": [],
    "shop.connected": [],
    "shop.reading": [shop.read_page],
    "shop.read": [],
    "shop.gap_seen": [shop.reconcile],
    "shop.secret_changed": [],
    "shop.disconnected": [],
    "subscription.changed": [],
    "workspace.deletion_asked": [],
    "workspace.taken_back": [],
    "subscription.surplus_ended": [],
}

ANSWERS: Mapping[str, Task] = {"shop": shop.apply_delivery, "stripe": billing.apply_delivery}

# Called with ``at`` inside a restored tenant, in the transaction that restores it.
AFTER_RESTORE: Sequence[Callable[..., None]] = (sending.hold_restored,)

# What a deleted tenant leaves outside its schema and the tables that name it -> what removes it and counts.
AFTER_DELETION: Mapping[str, Callable[[Gone], int]] = {
    "sessions": lambda gone: people.forget(tenant_id=gone.tenant_id, people=gone.people),
    "caught_mails": lambda gone: caught.forget_tenant(gone.schema),
}
