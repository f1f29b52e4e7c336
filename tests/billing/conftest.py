"""Payments that pretend, with a state folder of the test's own."""

from datetime import UTC, datetime

import pytest

from regulars.billing import gateways

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def pretending(settings, tmp_path):
    settings.STRIPE_API_KEY = ""
    settings.HOME = tmp_path
    return gateways.pretending()
