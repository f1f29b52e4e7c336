"""Stripe, in this one file. Its library is imported when it is first needed: it costs seconds and 40 MB."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

import structlog
from django.utils import timezone
from django.utils.translation import gettext as _

from regulars.billing import plans
from regulars.billing.gateway import (
    Answer,
    Bill,
    DetailsRefused,
    Ended,
    Page,
    PaymentsAway,
    Purchase,
    Remote,
    Returned,
    UnknownPrice,
)
from regulars.platform import money

if TYPE_CHECKING:
    from stripe import CreditNote, Invoice, StripeClient, Subscription
    from stripe.params import CreditNoteCreateParams, CustomerCreateParams
    from stripe.params.checkout import SessionCreateParamsSubscriptionData

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 8
MAX_RETRIES = 1
NEWEST_INVOICES = 24
PAGE = 100  # the most that Stripe lists at a time
NEWEST_SUBSCRIPTIONS = 20
STILL_OWED = frozenset({"open", "uncollectible"})
# Of several subscriptions of one customer the one that gives most counts; then, of those that live, the
# oldest: a second one came by mistake. Of those that are over, the newest.
WORTH = ("active", "trialing", "past_due", "unpaid", "paused", "incomplete", "canceled", "incomplete_expired")
LIVING = frozenset({"active", "trialing", "past_due", "unpaid", "paused"})
OWING = frozenset({"past_due", "unpaid", "paused"})
ENDED_UNPAID = frozenset({"payment_failed", "payment_disputed"})


class StripeGateway:
    """``address``: of a fake Stripe; empty for the real one."""

    def __init__(self, *, api_key: str, address: str = "") -> None:
        self.api_key = api_key
        self.address = address

    def make_customer(self, *, key: str, name: str, email: str, tenant: str) -> str:
        import stripe

        words: CustomerCreateParams = {"name": name, "email": email, "metadata": {"tenant": tenant}}
        with _told():
            try:
                return self._client.v1.customers.create(words, {"idempotency_key": key}).id
            except stripe.InvalidRequestError as problem:
                log.warning("stripe_refuses_customer", words=str(problem))
                raise DetailsRefused(
                    _("The payment service does not take your e-mail address. Change it and try again.")
                ) from problem

    def find_customer(self, *, tenant: str) -> str | None:
        with _told():
            found = self._client.v1.customers.search({"query": f"metadata['tenant']:'{tenant}'"}).data
        return found[-1].id if found else None

    def start_checkout(self, *, key: str, purchase: Purchase) -> Page:
        with _told():
            found = self._client.v1.prices.list({"lookup_keys": [purchase.lookup_key], "active": True})
            if not found.data:
                raise UnknownPrice(_("This plan cannot be bought just now."))
            session = self._client.v1.checkout.sessions.create(
                {
                    "mode": "subscription",
                    "customer": purchase.customer,
                    "client_reference_id": purchase.reference,
                    "line_items": [{"price": found.data[0].id, "quantity": 1}],
                    "success_url": purchase.success_url,
                    "cancel_url": purchase.cancel_url,
                    "subscription_data": _subscription_data(purchase),
                },
                {"idempotency_key": key},
            )
        return Page(session.id, str(session.url))

    def open_checkouts(self, *, customer: str) -> list[str]:
        with _told():
            found = self._client.v1.checkout.sessions.list(
                {"customer": customer, "status": "open", "limit": PAGE}
            )
            return [session.id for session in found.auto_paging_iter()]

    def expire_checkout(self, *, key: str, page_id: str) -> bool:
        import stripe

        sessions = self._client.v1.checkout.sessions
        with _told():
            try:
                sessions.expire(page_id, {}, {"idempotency_key": key})
            except stripe.InvalidRequestError:
                if sessions.retrieve(page_id).status == "open":
                    raise
                return False
        return True

    def open_portal(self, *, key: str, customer: str, return_url: str) -> Page:
        with _told():
            session = self._client.v1.billing_portal.sessions.create(
                {"customer": customer, "return_url": return_url}, {"idempotency_key": key}
            )
        return Page(session.id, session.url)

    def end(self, *, key: str, subscription: str) -> Ended:
        with _told():
            found = self._client.v1.subscriptions.retrieve(subscription)
            if found.status in LIVING:
                self._client.v1.subscriptions.cancel(subscription, {"invoice_now": False, "prorate": False})
            bills = self._client.v1.invoices.list({"subscription": subscription, "limit": PAGE})
            returned = [self._returned(bill, key=key) for bill in bills.auto_paging_iter()]
        return Ended(
            subscription=subscription,
            plan=_plan_code(found),
            returned=tuple(each for each in returned if each is not None),
        )

    def _returned(self, bill: "Invoice", *, key: str) -> Returned | None:
        if bill.status == "open":
            self._client.v1.invoices.void_invoice(bill.id, {}, {"idempotency_key": f"{key}-{bill.id}-void"})
        if bill.status != "paid" or not bill.total > 0:
            return None
        notes = self._client.v1.credit_notes.list({"invoice": bill.id}).data
        note = next((each for each in notes if each.status == "issued"), None) or self._credited(bill, key)
        currency = note.currency.upper()
        return Returned(
            bill=bill.id,
            amount=_amount(note.total, currency),
            currency=currency,
            is_credited=not note.refunds,
        )

    def _credited(self, bill: "Invoice", key: str) -> "CreditNote":
        """Back to the card; where Stripe cannot do that any more, off the next bills."""
        import stripe

        words: CreditNoteCreateParams = {"invoice": bill.id, "amount": bill.total, "reason": "duplicate"}
        back: CreditNoteCreateParams = {**words, "refund_amount": bill.amount_paid}
        if bill.total > bill.amount_paid:  # a part was paid from the customer's balance
            back["credit_amount"] = bill.total - bill.amount_paid
        create = self._client.v1.credit_notes.create
        try:
            return create(back, {"idempotency_key": f"{key}-{bill.id}"})
        except stripe.InvalidRequestError as problem:
            log.warning("stripe_refunds_not", bill=bill.id, words=str(problem))
            credit: CreditNoteCreateParams = {**words, "credit_amount": bill.total}
            return create(credit, {"idempotency_key": f"{key}-{bill.id}-credit"})

    def fetched(self, *, customer: str) -> Answer:
        asked_at = timezone.now()
        with _told():
            subscriptions = self._client.v1.subscriptions.list(
                {"customer": customer, "status": "all", "limit": NEWEST_SUBSCRIPTIONS}
            ).data
            invoices = self._client.v1.invoices.list({"customer": customer, "limit": NEWEST_INVOICES}).data
        chosen = min(reversed(subscriptions), key=_worth, default=None)
        return Answer(
            remote=_remote(chosen, invoices) if chosen is not None else None,
            bills=tuple(_bill(invoice) for invoice in invoices),
            answered_at=asked_at,
            surplus=tuple(each.id for each in subscriptions if each != chosen and _is_surplus(each)),
        )

    @property
    def _client(self) -> "StripeClient":
        return _client(self.api_key, self.address)


@cache
def _client(api_key: str, address: str) -> "StripeClient":
    import stripe

    return stripe.StripeClient(
        api_key,
        base_addresses={"api": address} if address else None,
        max_network_retries=MAX_RETRIES,
        http_client=stripe.new_default_http_client(timeout=TIMEOUT_SECONDS),
    )


@contextmanager
def _told() -> Iterator[None]:
    """Stripe's failures as ours; what Stripe said goes to the log, never to the owner."""
    import stripe

    try:
        yield
    except stripe.StripeError as problem:
        log.warning("stripe_failed", problem=type(problem).__name__, code=problem.code, words=str(problem))
        raise PaymentsAway(_("The payment service does not answer. Try again in a minute.")) from problem


def _subscription_data(purchase: Purchase) -> "SessionCreateParamsSubscriptionData":
    told: SessionCreateParamsSubscriptionData = {"metadata": {"reference": purchase.reference}}
    if purchase.trial_ends_at is not None:
        told["trial_end"] = int(purchase.trial_ends_at.timestamp())
        told["trial_settings"] = {"end_behavior": {"missing_payment_method": "cancel"}}
    return told


def _worth(subscription: "Subscription") -> tuple[int, int]:
    known = subscription.status in WORTH
    rank = WORTH.index(subscription.status) if known else WORTH.index("past_due")
    return rank, subscription.created if subscription.status in LIVING else -subscription.created


def _is_surplus(subscription: "Subscription") -> bool:
    """Only what our Checkout made: one that was made by hand in Stripe is nobody's mistake."""
    return subscription.status in LIVING and "reference" in subscription.metadata.to_dict()


def _remote(subscription: "Subscription", invoices: "list[Invoice]") -> Remote:
    item = subscription["items"].data[0]
    lookup_key = item.price.lookup_key or ""
    plan = plans.of_lookup_key(lookup_key)
    if plan is None:
        log.error(
            "stripe_unknown_price",
            subscription=subscription.id,
            price=item.price.id,
            lookup_key=lookup_key,
        )
        raise UnknownPrice(_("Your subscription is for a plan that is not sold here. Write to us about it."))
    owed = [each.created for each in invoices if _subscription_of(each) == subscription.id and _is_owed(each)]
    if not owed and subscription.status in OWING:  # such as a paused one: from the period nobody paid for
        owed = [item.current_period_start]
    cancels = subscription.cancel_at
    if cancels is None and subscription.cancel_at_period_end:
        cancels = item.current_period_end
    details = subscription.cancellation_details
    return Remote(
        id=subscription.id,
        status=subscription.status,
        plan=plan.code,
        started_at=_moment(subscription.created),
        period_ends_at=_moment(item.current_period_end),
        cancels_at=_moment(cancels) if cancels else None,
        unpaid_since=_moment(min(owed)) if owed else None,
        ended_unpaid=details is not None and details.reason in ENDED_UNPAID,
    )


def _subscription_of(invoice: "Invoice") -> str:
    parent = invoice.parent
    details = parent.subscription_details if parent is not None else None
    named = details.subscription if details is not None else ""
    return named if isinstance(named, str) else named.id


def _is_owed(invoice: "Invoice") -> bool:
    return invoice.status in STILL_OWED and invoice.attempted


def _bill(invoice: "Invoice") -> Bill:
    currency = invoice.currency.upper()
    is_refunded = invoice.status == "paid" and 0 < invoice.total <= invoice.post_payment_credit_notes_amount
    return Bill(
        id=invoice.id,
        number=invoice.number or "",
        amount=_amount(invoice.total, currency),
        currency=currency,
        status="refunded" if is_refunded else invoice.status or "draft",
        issued_at=_moment(invoice.created),
        page_url=invoice.hosted_invoice_url or "",
    )


def _amount(smallest: int, currency: str) -> Decimal:
    return Decimal(smallest).scaleb(-money.DECIMALS.get(currency, 2))


def _plan_code(subscription: "Subscription") -> str:
    lookup_key = subscription["items"].data[0].price.lookup_key or ""
    plan = plans.of_lookup_key(lookup_key)
    return plan.code if plan is not None else ""


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
