"""Our webhooks at a shop."""

from django.utils.translation import gettext as _

from regulars.integrations.shop.connector import CannotAsk, Door, ShopFailed, Subscription, text
from regulars.integrations.shop.connectors.woocommerce import api, deliveries, values

TOPICS = (
    "order.created",
    "order.updated",
    "order.deleted",
    "order.restored",
    "customer.created",
    "customer.updated",
    "customer.deleted",
    "product.created",
    "product.updated",
    "product.deleted",
    "product.restored",
)
PER_PAGE = 100  # 101 is refused (measured)
MAX_PAGES = 20


def install(*, door: Door, hook_url: str) -> list[Subscription]:
    """One active webhook a topic, each with a secret of its own; those that are there already are kept.

    WooCommerce switches a webhook off after seven failures and says nothing (measured), so this is repeated
    as a health check. While a webhook is made the shop calls ``hook_url``: it must be answering by then.
    Raises CannotAsk, KeysRefused, ShopFailed.
    """
    if not door.signing_secrets:
        raise CannotAsk(_("Without a secret nothing can be signed."))
    present = {row["topic"]: row for row in _all(door) if row.get("delivery_url") == hook_url}
    return [_installed(door, hook_url, topic, present.get(topic)) for topic in TOPICS]


def _installed(door: Door, hook_url: str, topic: str, present: dict[str, object] | None) -> Subscription:
    secret = deliveries.topic_secret(door.signing_secrets[0], topic)
    if present is None:
        wanted = {"name": f"Regulars {topic}", "topic": topic, "delivery_url": hook_url, "secret": secret}
        answer = api.ask(door=door, method="POST", path="webhooks", json={**wanted, "status": "active"})
        row = api.said(answer)
    elif present.get("status") != "active":
        path = f"webhooks/{values.row_id(present.get('id'))}"
        changes = {"status": "active", "secret": secret}
        row = api.said(api.ask(door=door, method="PUT", path=path, json=changes))
    else:
        row = present
    if not isinstance(row, dict) or row.get("status") != "active":
        raise ShopFailed(_("The shop did not switch on its webhook %(topic)s.") % {"topic": topic})
    return Subscription(topic=topic, external_id=values.row_id(row.get("id")))


def _all(door: Door) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for page in range(1, MAX_PAGES + 1):
        params = {"per_page": str(PER_PAGE), "page": str(page), "status": "all"}
        rows = api.said(api.get(door=door, path="webhooks", params=params))
        if not isinstance(rows, list):
            raise ShopFailed(_("The shop does not list its webhooks."))
        found += [
            {**row, "topic": text(row.get("topic"), longest=80)} for row in rows if isinstance(row, dict)
        ]
        if len(rows) < PER_PAGE:
            break
    return found
