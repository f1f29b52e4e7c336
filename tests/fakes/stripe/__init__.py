"""Stripe over HTTP, with state and a clock of its own: what a subscription product asks of it.

    with FakeStripe() as fake:
        fake.account.advance(days=30)
        fake.events.deliver()

``python -m tests.fakes.stripe`` runs one to try things out with. Shapes are those of API 2026-10-28.endive.
"""

from tests.fakes.stripe.account import Account
from tests.fakes.stripe.server import FakeStripe

__all__ = ["Account", "FakeStripe"]
