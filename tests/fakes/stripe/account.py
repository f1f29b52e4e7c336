"""What an account holds and how subscriptions live in it, on a clock that only moves when told to."""

import itertools
from datetime import UTC, datetime, timedelta

from tests.fakes.stripe import rows
from tests.fakes.stripe.events import Events

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
MONTH = 30 * 86400  # seconds: every month of the fake is as long
RETRIES = [3 * 86400, 5 * 86400, 7 * 86400]  # after the first failure, then each after the one before
LIVING = {"active", "past_due", "unpaid"}


class NotFound(Exception):
    pass


class Refused(Exception):
    """What Stripe answers 400 to, in its words."""


class Account:
    """``cards``: customer -> does their card pay? ``end_unpaid_with``: "canceled" or "unpaid".

    ``refunds``: can money still go back to cards?
    """

    def __init__(self, *, now=NOW, end_unpaid_with="canceled"):
        self.now = int(now.timestamp())
        self.end_unpaid_with = end_unpaid_with
        self.tables = {
            name: {}
            for name in ("customers", "products", "prices", "sessions", "portals", "subscriptions",
                         "invoices", "credit_notes", "clocks")
        }  # fmt: skip
        self.cards = {}
        self.refunds = True
        self.wishes = {}  # session -> (price, what was asked for, the trial's end)
        self.retries = {}  # invoice -> when it is tried next, and how often it was
        self.numbers = itertools.count(1)
        self.events = Events(self)
        self.address = ""

    def __getattr__(self, name):
        return self.__dict__["tables"][name]

    @property
    def moment(self):
        return datetime.fromtimestamp(self.now, UTC)

    def found(self, table, row_id):
        try:
            return self.tables[table][row_id]
        except KeyError:
            raise NotFound(row_id) from None

    # What an integrator sets up and asks for

    def add_price(self, lookup_key, amount, *, currency="eur"):
        product = rows.product(row_id=self._id("prod"), name=lookup_key, at=self.now)
        self.products[product["id"]] = product
        price = rows.price(
            row_id=self._id("price"), product_id=product["id"], lookup_key=lookup_key, amount=amount,
            currency=currency, at=self.now,
        )  # fmt: skip
        self.prices[price["id"]] = price
        return price

    def add_customer(self, params):
        if (email := params.get("email")) and "@" not in email:
            raise Refused(f"Invalid email address: {email}")
        row = rows.customer(row_id=self._id("cus"), params=params, at=self.now)
        self.customers[row["id"]] = row
        self.cards[row["id"]] = True
        self.events.tell("customer.created", row)
        return row

    def start_checkout(self, params):
        price = self.found("prices", params["line_items"][0]["price"])
        row_id = self._id("cs_test")
        row = rows.session(
            row_id=row_id, params=params, url=f"{self.address}/pay/{row_id}", amount=price["unit_amount"],
            currency=price["currency"], at=self.now,
        )  # fmt: skip
        self.sessions[row_id] = row
        row_trial = params.get("subscription_data", {}).get("trial_end")
        self.wishes[row_id] = (
            price,
            params,
            int(row_trial) if row_trial else None,
        )
        return row

    def open_portal(self, params):
        row_id = self._id("bps")
        row = rows.portal(
            row_id=row_id, customer_id=params["customer"], return_url=params["return_url"],
            url=f"{self.address}/portal/{row_id}", at=self.now,
        )  # fmt: skip
        self.portals[row_id] = row
        return row

    def expire(self, session_id):
        session = self.found("sessions", session_id)
        if session["status"] != "open":
            raise Refused(
                'Only Checkout Sessions with a status in ["open"] can be expired. '
                f"This Checkout Session has a status of {session['status']}."
            )
        session |= {"status": "expired", "url": None}
        self.events.tell("checkout.session.expired", session)
        return session

    # What a buyer does

    def complete(self, session_id, *, card_pays=True):
        """The buyer enters a card. Declined: the page stays open, and an incomplete subscription is made.

        A page that is not open any more takes no card.
        """
        session = self.found("sessions", session_id)
        if session["status"] != "open":
            return
        price, params, trial_end = self.wishes[session_id]
        self.cards[session["customer"]] = card_pays
        subscription = self.subscribe(
            session["customer"], price, trial_end=trial_end,
            metadata=params.get("subscription_data", {}).get("metadata", {}),
        )  # fmt: skip
        if subscription["status"] == "incomplete":
            return
        session |= {
            "status": "complete", "subscription": subscription["id"],
            "invoice": subscription["latest_invoice"],
            "payment_status": "no_payment_required" if trial_end else "paid",
        }  # fmt: skip
        self.events.tell("checkout.session.completed", session)

    def subscribe(self, customer_id, price, *, trial_end=None, metadata=None):
        period = (self.now, trial_end or self.now + MONTH)
        row = rows.subscription(
            row_id=self._id("sub"), item_id=self._id("si"), customer_id=customer_id, price_row=price,
            metadata=metadata or {}, trial_end=trial_end, period=period, at=self.now,
        )  # fmt: skip
        self.subscriptions[row["id"]] = row
        self.events.tell("customer.subscription.created", row)
        if not trial_end:
            self._bill(row, "subscription_create")
        return row

    def change_card(self, customer_id, *, card_pays=True):
        """A new card in the Portal: what is open is tried at once."""
        self.cards[customer_id] = card_pays
        for invoice in list(self.invoices.values()):
            if invoice["customer"] == customer_id and invoice["status"] == "open":
                self.try_to_pay(invoice)

    def change_price(self, subscription_id, price):
        row = self.found("subscriptions", subscription_id)
        row["items"]["data"][0]["price"] = price
        self.events.tell("customer.subscription.updated", row)
        return row

    def cancel(self, subscription_id, *, reason="cancellation_requested"):
        row = self.found("subscriptions", subscription_id)
        if row["status"] == "canceled":
            raise NotFound(subscription_id)
        row |= {"status": "canceled", "canceled_at": self.now, "ended_at": self.now}
        row["cancellation_details"]["reason"] = reason
        self.events.tell("customer.subscription.deleted", row)
        return row

    def void(self, invoice_id):
        invoice = self.found("invoices", invoice_id)
        if invoice["status"] not in {"open", "uncollectible"}:
            raise Refused(f"You can only void open invoices. This one is {invoice['status']}.")
        invoice["status"] = "void"
        self.retries.pop(invoice_id, None)
        self.events.tell("invoice.voided", invoice)
        return invoice

    def credit(self, params):
        """A credit note for a paid invoice: to the card, to the customer's balance, or to both."""
        invoice = self.found("invoices", params["invoice"])
        amount, back, kept = (
            int(params.get(each, 0)) for each in ("amount", "refund_amount", "credit_amount")
        )
        left = invoice["total"] - invoice["post_payment_credit_notes_amount"]
        if invoice["status"] != "paid" or not 0 < amount <= left or back > invoice["amount_paid"]:
            raise Refused(f"The amount to credit can be at most {left}.")
        if back + kept != amount:
            raise Refused("The sum of refund and credit must equal the amount of the credit note.")
        if back and not self.refunds:
            raise Refused("This charge can no longer be refunded.")
        invoice["post_payment_credit_notes_amount"] += amount
        self.customers[invoice["customer"]]["balance"] -= kept
        row = rows.credit_note(
            row_id=self._id("cn"), invoice_row=invoice, amount=amount, reason=params.get("reason"),
            refund=(self._id("re"), back) if back else None,
            balance=self._id("cbtxn") if kept else None, at=self.now,
        )  # fmt: skip
        self.credit_notes[row["id"]] = row
        self.events.tell("credit_note.created", row)
        return row

    # What time does

    def advance(self, **span):
        """Move the clock, an hour at a time, and do what falls due on the way."""
        goal = self.now + int(timedelta(**span).total_seconds())
        while self.now < goal:
            self.now = min(self.now + 3600, goal)
            for invoice_id, (due, _tried) in list(self.retries.items()):
                if due <= self.now:
                    self.try_to_pay(self.invoices[invoice_id])
            for row in list(self.subscriptions.values()):
                self._renew(row)
            for session in self.sessions.values():
                if session["status"] == "open" and session["expires_at"] <= self.now:
                    self.expire(session["id"])

    def _renew(self, row):
        item = row["items"]["data"][0]
        if row["status"] not in LIVING | {"trialing"} or item["current_period_end"] > self.now:
            return
        start = item["current_period_end"]
        item |= {"current_period_start": start, "current_period_end": start + MONTH}
        self._bill(row, "subscription_cycle")

    def _bill(self, row, reason):
        number = next(self.numbers)
        invoice = rows.invoice(
            row_id=self._id("in"), number=f"FAKE-{number:04}", subscription_row=row, reason=reason,
            at=self.now,
        )  # fmt: skip
        invoice["hosted_invoice_url"] = f"{self.address}/invoice/{invoice['id']}"
        self.invoices[invoice["id"]] = invoice
        row["latest_invoice"] = invoice["id"]
        if row["status"] == "unpaid":  # Stripe goes on making bills, and leaves them as drafts
            invoice |= {"status": "draft", "auto_advance": False, "number": None}
            return
        self.events.tell("invoice.finalized", invoice)
        self.try_to_pay(invoice)

    def try_to_pay(self, invoice):
        row = self.subscriptions[invoice["parent"]["subscription_details"]["subscription"]]
        invoice |= {"attempted": True, "attempt_count": invoice["attempt_count"] + 1}
        if self.cards[invoice["customer"]]:
            invoice |= {"status": "paid", "amount_paid": invoice["total"], "amount_remaining": 0}
            invoice["status_transitions"]["paid_at"] = self.now
            self.retries.pop(invoice["id"], None)
            self.events.tell("invoice.paid", invoice)
            self.events.tell("invoice.payment_succeeded", invoice)
            if row["status"] != "canceled" and not self._open(row):
                self._become(row, "active")
            return
        self.events.tell("invoice.payment_failed", invoice)
        tried = self.retries.get(invoice["id"], (0, 0))[1]
        if tried < len(RETRIES):
            self.retries[invoice["id"]] = (self.now + RETRIES[tried], tried + 1)
            invoice["next_payment_attempt"] = self.retries[invoice["id"]][0]
            self._become(row, "past_due" if row["status"] in LIVING | {"trialing"} else "incomplete")
        else:
            self.retries.pop(invoice["id"])
            invoice["next_payment_attempt"] = None
            if self.end_unpaid_with == "canceled":
                self.cancel(row["id"], reason="payment_failed")
            else:
                self._become(row, "unpaid")

    def _open(self, row):
        return [
            each for each in self.invoices.values()
            if each["status"] == "open"
            and each["parent"]["subscription_details"]["subscription"] == row["id"]
        ]  # fmt: skip

    def _become(self, row, status):
        row["status"] = status
        self.events.tell("customer.subscription.updated", row)

    def _id(self, prefix):
        return f"{prefix}_fake{next(self.numbers):06}"
