"""A payer's side that pretends, for ``make run`` without a Stripe account: no money moves anywhere.

Its whole state is one file in the state folder, under a lock because several processes answer the web.
Its two pages (``web.views.pretend``) stand on the public host and are refused on a server.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from django.utils.translation import gettext as _

from regulars.billing import plans
from regulars.billing.gateway import Answer, Bill, Ended, Page, Purchase, Remote, Returned, UnknownPrice
from regulars.platform import errors, ids

MONTH = timedelta(days=30)
PRIVATE = 0o600
LIVING = frozenset({"active", "trialing", "past_due"})


class UnknownPage(errors.NotFound):
    code = "unknown_pretend_page"


class ExpiredPage(errors.Refused):
    status = 410
    code = "expired_pretend_page"


class FakeGateway:
    """Raises ImproperlyConfigured where settings do not let anybody pretend."""

    def __init__(self, *, home: Path, origin: str) -> None:
        if not settings.PAYMENTS_MAY_PRETEND:
            raise ImproperlyConfigured("Pretended payments are for development: set STRIPE_API_KEY.")
        self.path = home / "payments.json"
        self.origin = origin

    def make_customer(self, *, key: str, name: str, email: str, tenant: str) -> str:
        with self._state() as state:
            customer: str = state["keys"].setdefault(key, f"cus_pretend_{ids.token(bytes_count=9)}")
            row: dict[str, Any] = {
                "name": name,
                "email": email,
                "tenant": tenant,
                "subscription": None,
                "bills": [],
            }
            state["customers"].setdefault(customer, row)
        return customer

    def find_customer(self, *, tenant: str) -> str | None:
        with self._state() as state:
            rows: dict[str, dict[str, Any]] = state["customers"]
            return next((customer for customer, row in rows.items() if row["tenant"] == tenant), None)

    def start_checkout(self, *, key: str, purchase: Purchase) -> Page:
        plan = plans.of_lookup_key(purchase.lookup_key)
        if plan is None:
            raise UnknownPrice(_("This plan cannot be bought just now."))
        trial = purchase.trial_ends_at
        row = {
            "kind": "checkout",
            "customer": purchase.customer,
            "lookup_key": purchase.lookup_key,
            "back": purchase.cancel_url,
            "done": purchase.success_url,
            "trial_ends_at": trial.isoformat() if trial else None,
            "status": "open",
        }
        return self._page(key, row)

    def open_checkouts(self, *, customer: str) -> list[str]:
        with self._state() as state:
            pages: dict[str, dict[str, Any]] = state["pages"]
            return [
                page_id
                for page_id, page in pages.items()
                if page["customer"] == customer and page.get("status") == "open"
            ]

    def expire_checkout(self, *, key: str, page_id: str) -> bool:
        with self._state() as state:
            page = state["pages"][page_id]
            was_open: bool = page["status"] == "open"
            if was_open:
                page["status"] = "expired"
        return was_open

    def open_portal(self, *, key: str, customer: str, return_url: str) -> Page:
        return self._page(key, {"kind": "portal", "customer": customer, "back": return_url})

    def end(self, *, key: str, subscription: str) -> Ended:
        with self._state() as state:
            holder = next(
                each for each in state["customers"].values() if subscription in each.get("others", {})
            )
            sold = holder["others"][subscription]
            sold["status"] = "canceled"
            bills = [bill for bill in holder["bills"] if bill["id"] == sold["bill"]]
            for bill in bills:
                bill["status"] = "refunded"
        returned = (
            Returned(bill=bill["id"], amount=Decimal(bill["amount"]), currency=bill["currency"])
            for bill in bills
        )
        return Ended(subscription=subscription, plan=sold["plan"], returned=tuple(returned))

    def fetched(self, *, customer: str) -> Answer:
        asked_at = timezone.now()
        with self._state() as state:
            row = state["customers"].get(customer) or {"subscription": None, "bills": []}
        told, others = row["subscription"], row.get("others", {})
        return Answer(
            remote=Remote.from_json(told) if told else None,
            bills=tuple(_bill(bill) for bill in reversed(row["bills"])),
            answered_at=asked_at,
            surplus=tuple(each for each, sold in others.items() if sold["status"] in LIVING),
        )

    # What its two pages do

    def page(self, page_id: str, *, kind: str) -> dict[str, Any]:
        """A page that was opened, with its customer's row as ``holder``. Raises UnknownPage."""
        with self._state() as state:
            page: dict[str, Any] | None = state["pages"].get(page_id)
            if page is None or page["kind"] != kind:
                raise UnknownPage(_("There is no such page."))
            return {**page, "holder": state["customers"][page["customer"]]}

    def buy(self, page_id: str, *, at: datetime) -> None:
        """The card pays: a subscription begins, with a bill unless the trial goes on. Twice is once.

        Raises ExpiredPage.
        """
        with self._state() as state:
            page = self._paid_for(state, page_id)
            holder = state["customers"][page["customer"]]
            if page.get("status") == "complete":
                return
            page["status"] = "complete"
            plan = plans.of_lookup_key(page["lookup_key"])
            if plan is None:
                raise UnknownPrice(_("This plan cannot be bought just now."))
            trial = page["trial_ends_at"]
            sold = {
                "id": f"sub_pretend_{ids.token(bytes_count=9)}",
                "status": "trialing" if trial else "active",
                "plan": plan.code,
                "started_at": at.isoformat(),
                "period_ends_at": trial or (at + MONTH).isoformat(),
            }
            bill = None if trial else _issue(holder, page["lookup_key"], status="paid", at=at)
            told = holder["subscription"]
            if told and told["status"] in LIVING:  # from another page, paid at the same time
                holder.setdefault("others", {})[sold["id"]] = {**sold, "bill": bill}
            else:
                holder["subscription"], holder["lookup_key"] = sold, page["lookup_key"]

    def _paid_for(self, state: dict[str, Any], page_id: str) -> dict[str, Any]:
        page: dict[str, Any] | None = state["pages"].get(page_id)
        if page is None or page["kind"] != "checkout":
            raise UnknownPage(_("There is no such page."))
        if page.get("status") == "expired":
            raise ExpiredPage(_("This page has expired. Choose a plan again."))
        return page

    def renew(self, page_id: str, *, card_pays: bool, at: datetime) -> None:
        """The next month begins and is billed."""
        with self._subscription(page_id) as (holder, told):
            told["period_ends_at"] = (at + MONTH).isoformat()
            if card_pays:
                _issue(holder, holder["lookup_key"], status="paid", at=at)
                _square(holder)
            else:
                _issue(holder, holder["lookup_key"], status="open", at=at)
                told["status"], told["unpaid_since"] = "past_due", told.get("unpaid_since") or at.isoformat()

    def pay(self, page_id: str) -> None:
        """A new card: what is owed is paid."""
        with self._subscription(page_id) as (holder, _told):
            _square(holder)

    def pass_days(self, page_id: str, *, days: int) -> None:
        """As if what is owed had been owed for so many days more."""
        with self._subscription(page_id) as (_holder, told):
            if since := told.get("unpaid_since"):
                told["unpaid_since"] = (datetime.fromisoformat(since) - timedelta(days=days)).isoformat()

    def change_plan(self, page_id: str, *, plan: str) -> None:
        """Raises UnknownPlan."""
        with self._subscription(page_id) as (holder, told):
            currency = str(holder["lookup_key"]).rpartition("_")[2].upper()
            holder["lookup_key"] = plans.found(plan).lookup_key(currency)
            told["plan"] = plan

    def cancel(self, page_id: str) -> None:
        with self._subscription(page_id) as (_holder, told):
            told["status"] = "canceled"

    def _page(self, key: str, row: dict[str, Any]) -> Page:
        with self._state() as state:
            page_id: str = state["keys"].setdefault(key, f"page_{ids.token(bytes_count=15)}")
            state["pages"].setdefault(page_id, row)
        return Page(page_id, f"{self.origin}/pretend/{row['kind']}/{page_id}/")

    @contextmanager
    def _subscription(self, page_id: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        page = self.page(page_id, kind="portal")
        with self._holder(page["customer"]) as holder:
            if holder["subscription"] is None:
                raise UnknownPage(_("There is no such page."))
            yield holder, holder["subscription"]

    @contextmanager
    def _holder(self, customer: str) -> Iterator[dict[str, Any]]:
        with self._state() as state:
            yield state["customers"][customer]

    @contextmanager
    def _state(self) -> Iterator[dict[str, Any]]:
        """The file's content, kept when the block is left well."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                state = json.loads(self.path.read_text())
            except FileNotFoundError:
                state = {"customers": {}, "pages": {}, "keys": {}}
            yield state
            fresh = self.path.with_suffix(".new")
            fresh.touch(mode=PRIVATE)
            fresh.write_text(json.dumps(state, indent=1))
            os.replace(fresh, self.path)


def _issue(holder: dict[str, Any], lookup_key: str, *, status: str, at: datetime) -> str:
    plan = plans.of_lookup_key(lookup_key)
    currency = lookup_key.rpartition("_")[2].upper()
    number = len(holder["bills"]) + 1
    bill = {
        "id": f"in_pretend_{ids.token(bytes_count=9)}",
        "number": f"PRETEND-{number:04}",
        "amount": str(plan.month[currency] if plan else 0),
        "currency": currency,
        "status": status,
        "issued_at": at.isoformat(),
    }
    holder["bills"].append(bill)
    return str(bill["id"])


def _square(holder: dict[str, Any]) -> None:
    """Nothing is owed any more."""
    told = holder["subscription"]
    told["status"], told["unpaid_since"] = "active", None
    for bill in holder["bills"]:
        if bill["status"] != "refunded":
            bill["status"] = "paid"


def _bill(row: dict[str, Any]) -> Bill:
    moment = datetime.fromisoformat(row["issued_at"])
    return Bill(**{**row, "amount": Decimal(row["amount"]), "issued_at": moment})
