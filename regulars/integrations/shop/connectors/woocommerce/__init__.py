"""WooCommerce: signed webhooks and the REST API v3. What is marked "measured" was seen on version 11.0.1."""

import secrets
from collections.abc import Mapping
from datetime import datetime

from regulars.crm_core.commerce.canonical import Gone
from regulars.integrations.shop.connector import (
    Change,
    Door,
    Genuine,
    Kind,
    Page,
    Payload,
    Ping,
    Position,
    Store,
    Subscription,
    Taken,
    Unreadable,
)
from regulars.integrations.shop.connectors.woocommerce import api, deliveries, hooks, orders, people, reading

SECRET_BYTES = 32


class WooCommerce:
    """Fills the port; each part of the work has a module of its own."""

    kept_headers: tuple[str, ...] = deliveries.KEPT_HEADERS
    # The seventh refusal in a row switches the shop's webhook off for good (measured).
    answers_bad_bodies = False

    def signing_secret(self, *, given: str = "") -> str:
        return given or secrets.token_urlsafe(SECRET_BYTES)

    def verify(self, *, door: Door, headers: Mapping[str, str], raw: bytes, at: datetime) -> Genuine | Ping:
        return deliveries.verify(door=door, headers=headers, raw=raw)

    def parse(self, *, door: Door, headers: Mapping[str, str], raw: bytes) -> list[Change]:
        return deliveries.parse(headers=headers, raw=raw)

    def normalise(self, *, door: Door, kind: Kind, payload: Payload) -> Taken:
        try:
            match kind:
                case Kind.ORDER:
                    return orders.order(payload)
                case Kind.CUSTOMER:
                    return people.customer(payload)
                case Kind.PRODUCT:
                    return orders.product(payload, currency=door.currency)
        except (AttributeError, TypeError) as problem:
            # A list where an object belongs, and the like: plugins rewrite these bodies.
            raise Unreadable(f"This {kind} does not have the shape of WooCommerce's.") from problem

    def can_ask(self, *, door: Door) -> bool:
        return bool(door.url and door.key and door.secret)

    def fetch(self, *, door: Door, kind: Kind, external_id: str) -> Payload | Gone:
        return reading.fetch(door=door, kind=kind, external_id=external_id)

    def backfill(
        self, *, door: Door, kind: Kind, position: Position | None, changed_after: datetime | None = None
    ) -> Page:
        return reading.page(door=door, kind=kind, position=position, changed_after=changed_after)

    def check(self, *, door: Door) -> Store:
        return api.check(door=door)

    def install_webhooks(self, *, door: Door, hook_url: str) -> list[Subscription]:
        return hooks.install(door=door, hook_url=hook_url)
