"""The port to whoever takes the money: what we ask of it, and a subscription as all payers tell it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from regulars.platform import errors


class PaymentsAway(errors.Refused):
    """The payer's side does not answer, or not as it should. Nothing is known to have happened."""

    status = 503
    code = "payments_away"


class DetailsRefused(errors.Invalid):
    """The payer's side does not take a customer of this name and address: nothing was made."""

    code = "payment_details_refused"


class PaymentsNotSetUp(errors.Refused):
    """This installation has no one to take money."""

    status = 503
    code = "payments_not_set_up"


class UnknownPrice(errors.Refused):
    """A subscription is for a price that ``plans.toml`` does not know, or that was not made there."""

    code = "unknown_price"


@dataclass(frozen=True, kw_only=True)
class Bill:
    """An invoice: ``status`` is draft, open, paid, uncollectible, void or refunded."""

    id: str
    number: str
    amount: Decimal
    currency: str
    status: str
    issued_at: datetime
    page_url: str = ""


@dataclass(frozen=True, kw_only=True)
class Remote:
    """A subscription as it stood when the payer's side answered. ``status`` in Stripe's words."""

    id: str
    status: str
    plan: str
    started_at: datetime
    period_ends_at: datetime | None = None
    cancels_at: datetime | None = None
    unpaid_since: datetime | None = None  # the oldest bill that is still owed
    ended_unpaid: bool = False  # it was ended because nobody paid, not because somebody asked

    def to_json(self) -> dict[str, Any]:
        kept = asdict(self).items()
        return {name: word.isoformat() if isinstance(word, datetime) else word for name, word in kept}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "Remote":
        moments = {field.name for field in fields(cls) if "datetime" in str(field.type)}
        told: dict[str, Any] = {
            name: datetime.fromisoformat(word) if name in moments and word else word
            for name, word in row.items()
        }
        return cls(**told)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a customer has: the subscription that counts, if any, and the newest bills.

    ``answered_at`` orders answers: the moment before the first question, so that nothing in it is older. An
    answer takes several questions; dated by its end it could bring old words under a new date.
    """

    remote: Remote | None
    bills: tuple[Bill, ...]
    answered_at: datetime
    surplus: tuple[str, ...] = ()  # subscriptions made by Checkout that live beside the one that counts


@dataclass(frozen=True, kw_only=True)
class Returned:
    """What was given back for a bill. ``is_credited``: it is taken off the next bills, not paid out."""

    bill: str
    amount: Decimal
    currency: str
    is_credited: bool = False


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A surplus subscription that is over, and all that was given back for it."""

    subscription: str
    plan: str
    returned: tuple[Returned, ...]


@dataclass(frozen=True)
class Page:
    """A page of the payer's side that the owner is led to."""

    id: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Purchase:
    """What Checkout is asked to sell. ``trial_ends_at``: nothing is charged before."""

    customer: str
    lookup_key: str
    reference: str
    success_url: str
    cancel_url: str
    trial_ends_at: datetime | None = None


class Gateway(Protocol):
    """``key`` makes a call safe to repeat: the same key and words have one effect. All raise PaymentsAway."""

    def make_customer(self, *, key: str, name: str, email: str, tenant: str) -> str:
        """Raises DetailsRefused."""
        ...

    def find_customer(self, *, tenant: str) -> str | None:
        """The customer made for the tenant with this schema name. One made a minute ago may be missed."""
        ...

    def start_checkout(self, *, key: str, purchase: Purchase) -> Page:
        """Raises UnknownPrice."""
        ...

    def open_checkouts(self, *, customer: str) -> list[str]:
        """The ids of the Checkout pages on which this customer can still pay."""
        ...

    def expire_checkout(self, *, key: str, page_id: str) -> bool:
        """From now on nobody can pay on this page. False: it was not open any more, paid for or expired."""
        ...

    def open_portal(self, *, key: str, customer: str, return_url: str) -> Page: ...

    def end(self, *, key: str, subscription: str) -> Ended:
        """End a surplus subscription at once and give back what was paid for it; what is owed is dropped.

        Stopped half-way, the next call does the rest and tells everything.
        """
        ...

    def fetched(self, *, customer: str) -> Answer:
        """Raises UnknownPrice."""
        ...
