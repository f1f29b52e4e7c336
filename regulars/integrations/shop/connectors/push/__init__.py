"""A shop of any make that sends us our own JSON, signed by Standard Webhooks 1.0.

The shape is ``shape.Batch``; its JSON Schema is published under docs/api/push/. Nothing can be asked of
such a shop, so what it sends is all there is.
"""

import base64
import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import NoReturn

from django.utils.translation import gettext as _

from regulars.crm_core.commerce.canonical import Gone
from regulars.integrations.shop.connector import (
    CannotAsk,
    Change,
    Door,
    Genuine,
    Kind,
    NotGenuine,
    Page,
    Payload,
    Ping,
    Position,
    Store,
    Subscription,
    Taken,
    header,
)
from regulars.integrations.shop.connectors.push import rows
from regulars.platform import signatures

ID = "webhook-id"
TIMESTAMP = "webhook-timestamp"
SIGNATURE = "webhook-signature"
WINDOW_SECONDS = 300
SECRET_BYTES = 32
AN_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
A_TIMESTAMP = re.compile(r"[0-9]{1,12}")


class Push:
    kept_headers: tuple[str, ...] = (ID, TIMESTAMP)
    answers_bad_bodies = True

    def signing_secret(self, *, given: str = "") -> str:
        made = f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"
        secret = given or made
        signatures.standard_sign(secret=secret, delivery_id="", timestamp="0", message=b"")
        return secret

    def verify(self, *, door: Door, headers: Mapping[str, str], raw: bytes, at: datetime) -> Genuine | Ping:
        delivery_id, timestamp = header(headers, ID), header(headers, TIMESTAMP)
        if not AN_ID.fullmatch(delivery_id) or not A_TIMESTAMP.fullmatch(timestamp):
            raise NotGenuine("webhook-id or webhook-timestamp is missing or misshapen.")
        if abs(at.timestamp() - int(timestamp)) > WINDOW_SECONDS:
            raise NotGenuine("webhook-timestamp is more than five minutes away from our clock.")
        try:
            is_genuine = signatures.is_standard_signed(
                given=header(headers, SIGNATURE),
                secrets=door.signing_secrets,
                delivery_id=delivery_id,
                timestamp=timestamp,
                message=raw,
            )
        except signatures.BadSecret as problem:
            raise NotGenuine("The secret of this connection cannot be used.") from problem
        if not is_genuine:
            raise NotGenuine("The signature is not made with this connection's secret.")
        # The id is signed, so the same rows sent anew under another id are news, not a repetition.
        return Genuine(topic=f"push {delivery_id}", delivery_id=delivery_id)

    def parse(self, *, door: Door, headers: Mapping[str, str], raw: bytes) -> list[Change]:
        return rows.changes(raw=raw)

    def normalise(self, *, door: Door, kind: Kind, payload: Payload) -> Taken:
        return rows.taken(kind=kind, payload=payload)

    def can_ask(self, *, door: Door) -> bool:
        return False

    def fetch(self, *, door: Door, kind: Kind, external_id: str) -> Payload | Gone:
        _nothing_to_ask()

    def backfill(
        self, *, door: Door, kind: Kind, position: Position | None, changed_after: datetime | None = None
    ) -> Page:
        _nothing_to_ask()

    def check(self, *, door: Door) -> Store:
        _nothing_to_ask()

    def install_webhooks(self, *, door: Door, hook_url: str) -> list[Subscription]:
        _nothing_to_ask()


def _nothing_to_ask() -> NoReturn:
    raise CannotAsk(_("This shop sends us its orders; there is nothing to ask it."))
