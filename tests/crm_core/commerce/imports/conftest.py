"""A committed tenant of its own for each test, and files that are written in the test."""

from pathlib import Path

import pytest
from django.utils import timezone

from regulars.crm_core.commerce import imports
from regulars.crm_core.commerce.imports import mapping
from regulars.platform import tenancy

EXCERPT = Path(__file__).parents[3] / "fixtures" / "imports" / "online_retail_excerpt.csv"

TILL = {
    "source": "till",
    "date_format": "%Y-%m-%d",
    "columns": {
        "order": "no",
        "sku": "code",
        "title": "what",
        "quantity": "pieces",
        "price": "price",
        "ordered_at": "day",
        "customer": "who",
        "email": "mail",
    },
    "kinds": {"R": "credit"},
}
COLUMNS = ["no", "code", "what", "pieces", "price", "day", "who", "mail"]


@pytest.fixture
def shop(new_tenant):
    """An open, empty tenant in pounds and London's time."""
    made = new_tenant(currency="GBP", time_zone="Europe/London")
    with tenancy.opened(made.schema_name):
        yield made


@pytest.fixture
def bring(shop, tmp_path):
    """Import rows given as tuples in COLUMNS' order, or a file; returns what came of it."""

    def bring_(*rows, path=None, told=TILL, at=None, **more):
        if path is None:
            path = tmp_path / "orders.csv"
            path.write_text("\n".join(",".join(row) for row in [told_header(told), *rows]) + "\n")
        return imports.take(
            path=path,
            mapping=told if isinstance(told, mapping.Mapping) else mapping.read(told),
            time_zone="Europe/London",
            at=at or timezone.now(),
            **more,
        )

    return bring_


def told_header(told):
    return COLUMNS if told is TILL else list(told["columns"].values())
