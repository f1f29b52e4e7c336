"""Stripe's events, read as hints: genuine or not, of which kind, about whom. Pure; without Stripe's library.

https://docs.stripe.com/webhooks: the header ``Stripe-Signature`` holds a time and signatures, each the
hexadecimal HMAC-SHA256 of ``<time>.<body>``. Snapshot events carry an object, thin ones only name it.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from regulars.platform import errors

TOLERANCE = timedelta(minutes=5)
SCHEME = "v1"
A_MOMENT = re.compile(r"[0-9]{1,12}")  # seconds; a number of any length could not be compared, or read at all
THIN_PREFIX = "v1."
HEARD = frozenset(
    {
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "customer.subscription.created",
        "customer.subscription.updated",
        "customer.subscription.deleted",
        "customer.subscription.paused",
        "customer.subscription.resumed",
        "customer.subscription.trial_will_end",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice.payment_failed",
        "invoice.payment_action_required",
        "invoice.voided",
        "invoice.marked_uncollectible",
    }
)


class NotStripes(errors.Refused):
    """Not signed with one of our secrets, too old, or not an event."""

    status = 400
    code = "not_stripes"


@dataclass(frozen=True, kw_only=True)
class Hint:
    """``object_id`` is what the event is about, ``customer`` whose it is where the event says so."""

    id: str
    kind: str
    is_live: bool
    object_id: str
    customer: str = ""
    reference: str = ""

    @property
    def is_heard(self) -> bool:
        return self.kind in HEARD


def read(*, body: bytes, signature: str, secrets: Sequence[str], at: datetime) -> Hint:
    """The event in a signed body. Raises NotStripes."""
    _prove(body=body, signature=signature, secrets=secrets, at=at)
    try:
        event = json.loads(body)
        thin = event["object"] == "v2.core.event"
        return _thin(event) if thin else _snapshot(event)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotStripes("This is not an event.") from None


def signed(*, body: bytes, secret: str, at: datetime) -> str:
    """The header of a body signed at ``at``."""
    moment = int(at.timestamp())
    return f"t={moment},{SCHEME}={_digest(body=body, secret=secret, moment=str(moment))}"


def is_live_key(key: str) -> bool:
    return "_live_" in key[:9]


def _prove(*, body: bytes, signature: str, secrets: Sequence[str], at: datetime) -> None:
    pairs = [part.partition("=")[::2] for part in signature.split(",")]
    moment = next((value for name, value in pairs if name.strip() == "t"), "")
    given = [value for name, value in pairs if name.strip() == SCHEME]
    if not A_MOMENT.fullmatch(moment) or abs(int(moment) - at.timestamp()) > _tolerated():
        raise NotStripes("This signature has no time, or one too far from now.")
    is_genuine = False
    for secret in secrets:  # each is tried, so that the time taken does not tell which it was
        expected = _digest(body=body, secret=secret, moment=moment)
        for each in given:
            if secret and hmac.compare_digest(each.encode("utf-8", "replace"), expected.encode()):
                is_genuine = True
    if not is_genuine:
        raise NotStripes("This was not signed with a secret of ours.")


def _tolerated() -> float:
    return TOLERANCE.total_seconds()


def _digest(*, body: bytes, secret: str, moment: str) -> str:
    return hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()


def _thin(event: dict[str, Any]) -> Hint:
    return Hint(
        id=str(event["id"]),
        kind=str(event["type"]).removeprefix(THIN_PREFIX),
        is_live=event["livemode"] is True,
        object_id=str((event.get("related_object") or {}).get("id", "")),
    )


def _snapshot(event: dict[str, Any]) -> Hint:
    told = event["data"]["object"]
    customer = told.get("customer")
    if isinstance(customer, dict):
        customer = customer.get("id")
    return Hint(
        id=str(event["id"]),
        kind=str(event["type"]),
        is_live=event["livemode"] is True,
        object_id=str(told.get("id") or ""),
        customer=str(customer or ""),
        reference=str(told.get("client_reference_id") or ""),
    )
