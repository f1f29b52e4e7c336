"""A WooCommerce shop that may be called, and the keys to it."""

import pytest

from regulars.integrations.shop.connector import Door
from tests.fakes.woocommerce import FakeWooCommerce


@pytest.fixture
def fake(settings):
    with FakeWooCommerce() as fake:
        settings.HTTP_ALLOWED_PRIVATE = [f"127.0.0.1:{fake.port}"]
        fake.shop.webhooks.post = lambda url, headers, body: 200
        yield fake


@pytest.fixture
def shop(fake):
    return fake.shop


@pytest.fixture
def door(fake):
    return Door(url=fake.url, key=fake.key, secret=fake.secret, signing_secrets=("whsec-1",), currency="EUR")
