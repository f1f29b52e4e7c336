"""A shop to try things out with: a few customers and orders, and a new order every few seconds."""

import argparse
import time
from contextlib import suppress
from datetime import UTC, datetime

from tests.fakes.woocommerce import FakeWooCommerce, Shop


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--seconds", type=float, default=5, help="between two new orders")
    chosen = options.parse_args()
    shop = Shop(now=datetime.now(UTC).replace(microsecond=0))
    tin = shop.add_product(cost="4.20")
    ana = shop.add_customer("ana@example.test")
    with FakeWooCommerce(shop=shop, port=chosen.port) as fake:
        print(f"{fake.url}  key {fake.key}  secret {fake.secret}", flush=True)  # noqa: T201
        for count in range(10**6):
            shop.now = datetime.now(UTC).replace(microsecond=0)
            buyer = {"customer_id": ana} if count % 3 == 0 else {}
            billing = {"email": "ana@example.test" if buyer else f"guest-{count}@example.test"}
            shop.place_order([(tin, 1 + count % 4)], billing=billing, shipping="5.00", **buyer)
            shop.run_queue()
            time.sleep(chosen.seconds)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
