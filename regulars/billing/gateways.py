"""Which gateway this installation has: Stripe's, the pretending one of ``make run``, or none."""

from django.conf import settings
from django.utils.translation import gettext as _

from regulars.billing.fake_gateway import FakeGateway
from regulars.billing.gateway import Gateway, PaymentsNotSetUp
from regulars.billing.stripe_gateway import StripeGateway


def gateway() -> Gateway:
    """Raises PaymentsNotSetUp."""
    if settings.STRIPE_API_KEY:
        return StripeGateway(api_key=settings.STRIPE_API_KEY, address=settings.STRIPE_API_ADDRESS)
    if settings.PAYMENTS_MAY_PRETEND:
        return FakeGateway(home=settings.HOME, origin=settings.PUBLIC_ORIGIN)
    raise PaymentsNotSetUp(_("Payments are not set up here. Whoever runs this installation can do it."))


def pretending() -> FakeGateway:
    """The pretending gateway itself. Raises PaymentsNotSetUp where it may not run."""
    found = gateway()
    if not isinstance(found, FakeGateway):
        raise PaymentsNotSetUp(_("There is nothing to pretend here."))
    return found
