"""A WooCommerce shop in a thread: REST API v3 and webhooks, as measured on WooCommerce 11.0.1.

    with FakeWooCommerce() as fake:
        fake.shop.place_order(...)
        fake.shop.run_queue()

``python -m tests.fakes.woocommerce`` runs one to try things out with.
"""

from tests.fakes.woocommerce.server import FakeWooCommerce
from tests.fakes.woocommerce.store import Shop

__all__ = ["FakeWooCommerce", "Shop"]
