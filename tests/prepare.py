"""Fills the template database: run by tests.environment as the owner, once a test run."""

import django

django.setup()

from django.utils import timezone  # noqa: E402

from regulars.tenants import accounts, migrating, provisioning  # noqa: E402

SHOPS = [
    {
        "slug": "teashop",
        "name": "Tea Shop",
        "currency": "EUR",
        "time_zone": "Europe/Berlin",
        "language": "en",
    },
    {
        "slug": "bookshop",
        "name": "Book Shop",
        "currency": "GBP",
        "time_zone": "Europe/London",
        "language": "en",
    },
]
SPARES = 8
PASSWORD = "correct horse battery"


def main():
    now = timezone.now()
    migrating.migrate_shared()
    for _ in range(len(SHOPS) + SPARES):
        provisioning.make_spare(at=now)
    for shop in SHOPS:
        owner = accounts.join(
            email=f"owner@{shop['slug']}.example", password=PASSWORD, name="Jo Marsh", language="en", at=now
        )
        provisioning.attach(**shop, owner=owner, at=now)


if __name__ == "__main__":
    main()
