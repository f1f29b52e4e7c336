"""The guide tells what is: its program walks every page, its numbers and words are the code's."""

import io
import re
import urllib.request
from pathlib import Path

import pytest

from regulars.platform import buckets
from regulars.rest import parameters
from regulars.rest.customers import CustomerList, CustomerParameters
from regulars.rest.orders import OrderList, OrderParameters
from tests.rest.conftest import make_customer

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "guides" / "rest.md").read_text()
PROGRAM = re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL)[1]


def test_its_program_reads_every_customer(partner, tenant, monkeypatch):
    for number in range(230):
        make_customer(f"Buyer {number}", email="", minutes=number % 7)

    def urlopen(asked):
        key = asked.get_header("Authorization").removeprefix("Bearer ")
        return io.BytesIO(partner.get(asked.full_url, key=key).content)

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    words = {}
    exec(PROGRAM, words)  # noqa: S102
    found = [customer["name"] for customer in words["customers"]("http://teashop.localhost", partner.key)]

    assert sorted(found) == sorted(f"Buyer {number}" for number in range(230))


@pytest.mark.parametrize(
    ("path", "declared"), [("customers", CustomerParameters), ("orders", OrderParameters)]
)
def test_it_names_every_filter(path, declared):
    row = re.search(rf"^\| `/api/v1/{path}` \|(.*)\|$", GUIDE, re.MULTILINE)[1]

    assert set(re.findall(r"`(\w+)`", row)) | {"limit", "cursor"} == set(declared().fields)


def test_its_numbers_are_the_codes():
    assert f"bucket of {buckets.BUCKET_TOKENS} requests" in GUIDE
    assert f"refills at {buckets.TOKENS_PER_SECOND} a second" in GUIDE
    assert f"1 to {parameters.MAX_ROWS_PER_PAGE}, {parameters.ROWS_PER_PAGE} when not given" in GUIDE
    assert {each.scope for each in (CustomerList, OrderList)} == set(re.findall(r"`(\w+:\w+)`", GUIDE))
