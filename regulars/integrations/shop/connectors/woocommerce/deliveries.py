"""Deliveries of WooCommerce's webhooks: whether they are genuine, and what they speak of.

Signature: ``X-WC-Webhook-Signature`` = base64(HMAC-SHA256(secret, raw body)), see WC_Webhook in WooCommerce's
source. It covers the body only, so the topic is a hint unless it is tied to the secret, as in ``hooks``.
The header that names the shop is not compared: it is unsigned too, and a site answers under several names.
"""

import re
from collections.abc import Mapping
from typing import Any

from regulars.integrations.shop.connector import (
    Change,
    Door,
    Genuine,
    Kind,
    NotGenuine,
    Op,
    Ping,
    Unreadable,
    header,
)
from regulars.integrations.shop.connectors.woocommerce import values
from regulars.platform import http, signatures

SIGNATURE = "x-wc-webhook-signature"
TOPIC = "x-wc-webhook-topic"
KEPT_HEADERS = (TOPIC, "x-wc-webhook-source", "x-wc-webhook-id", "x-wc-webhook-delivery-id", "user-agent")
A_PING = re.compile(rb"webhook_id=[0-9]{1,20}")
A_TOPIC = re.compile(r"[a-z_]{1,20}\.[a-z_]{1,40}")
GONE = (404, 410)
# Fields that only one kind has. Told by these, a body keeps its kind under a forged topic.
SHAPES = {
    Kind.ORDER: {"line_items", "billing", "currency"},
    Kind.CUSTOMER: {"username", "billing", "email"},
    Kind.PRODUCT: {"catalog_visibility", "regular_price"},
}


def verify(*, door: Door, headers: Mapping[str, str], raw: bytes) -> Genuine | Ping:
    """Raises NotGenuine unless one of the door's secrets, or its secret for this topic, signed the body."""
    given = header(headers, SIGNATURE)
    topic = _topic(headers)
    if not given:
        # Posted, unsigned and without any X-WC header, when a webhook is made (measured).
        if not header(headers, TOPIC) and A_PING.fullmatch(raw):
            return Ping()
        raise NotGenuine("The delivery is not signed.")
    candidates = [secret.encode() for secret in door.signing_secrets]
    candidates += [topic_secret(secret, topic).encode() for secret in door.signing_secrets if topic]
    if not signatures.is_signed(given=given, secrets=candidates, message=raw):
        raise NotGenuine("The signature is not made with this connection's secret.")
    # No delivery id: WooCommerce makes it of webhook and second, so different orders share one (measured).
    return Genuine(topic=topic)


def topic_secret(secret: str, topic: str) -> str:
    """The secret of one webhook, made of the connection's: what it signs holds for one topic only."""
    if not secret:
        return ""
    return signatures.sign(secret=secret.encode(), message=f"woocommerce {topic}".encode())


def parse(*, headers: Mapping[str, str], raw: bytes) -> list[Change]:
    """One change, or none when the topic is not one of ours (coupons, actions). Raises Unreadable.

    The body is what the row was when the queue ran: an order.created may already be refunded or trashed.
    """
    try:
        body = http.exact_json(raw)
    except ValueError:
        raise Unreadable("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise Unreadable("The body is not a JSON object.")
    if isinstance(body.get("code"), str) and isinstance(body.get("data"), dict):
        return [_gone(body, headers)]
    for kind, fields in SHAPES.items():
        if fields <= body.keys():
            return [
                Change(
                    kind=kind,
                    external_id=values.row_id(body.get("id")),
                    op=Op.CHANGED,
                    changed_at=values.moment(body, "date_modified_gmt"),
                    payload=body,
                )
            ]
    resource, _, event = _topic(headers).partition(".")
    if resource not in set(Kind):
        if resource:
            return []
        raise Unreadable("Neither body nor headers say what this is about.")
    if body.keys() != {"id"}:
        raise Unreadable(f"This is not the shape of a {resource}.")
    return [
        Change(
            kind=Kind(resource),
            external_id=values.row_id(body["id"]),
            op=Op.DELETED if event == "deleted" else Op.CHANGED,
            is_certain=False,  # kind and event come from an unsigned header
        )
    ]


def _gone(body: Mapping[str, Any], headers: Mapping[str, str]) -> Change:
    """A signed error in place of the row, which was deleted before the queue ran (measured). It has no id."""
    status = body["data"].get("status")
    if status not in GONE:
        # 401 and 403: the person who made the webhook lost the right to read. Nothing was deleted.
        raise Unreadable(f"The shop sent an error in place of the row: {str(body['code'])[:80]}.")
    resource = _topic(headers).partition(".")[0]
    if "shop_order" in body["code"]:
        resource = Kind.ORDER
    elif "product" in body["code"]:
        resource = Kind.PRODUCT
    if resource not in set(Kind):
        raise Unreadable("Some row is gone, but nothing says of what kind.")
    return Change(kind=Kind(resource), external_id="", op=Op.GONE_SOMEWHERE, is_certain=False)


def _topic(headers: Mapping[str, str]) -> str:
    given = header(headers, TOPIC).lower()
    return given if A_TOPIC.fullmatch(given) else ""
