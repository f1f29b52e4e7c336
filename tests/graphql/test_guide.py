"""The guide alone is enough: its program reads customers, orders and lines, its change is made, its numbers hold."""

import io
import json
import re
import urllib.request
from pathlib import Path

from regulars.graphql import cost, limits
from regulars.platform import buckets
from regulars.tenants import keys

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "guides" / "graphql.md").read_text()
PROGRAM = re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL)[1]
CHANGE = re.search(r"```graphql\n(.*?)```", GUIDE, re.DOTALL)[1]


def test_its_program_reads_customers_orders_and_lines(partner, world, monkeypatch):
    asked_for = []

    def urlopen(asked):
        asked_for.append(json.loads(asked.data))
        key = asked.get_header("Authorization").removeprefix("Bearer ")
        return io.BytesIO(partner.send(asked.data, key=key).content)

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    words = {}
    exec(PROGRAM.replace("first: 50", "first: 2"), words)  # noqa: S102
    found = list(words["customers"]("http://teashop.localhost", partner.key))

    assert [each["name"] for each in found] == ["Tea Person2", "Tea Person1", "Tea Person0"]
    assert [len(each["orders"]["nodes"]) for each in found] == [3, 3, 3]
    assert [line["title"] for line in found[0]["orders"]["nodes"][0]["lines"]["nodes"]] == [
        "Tea 0",
        "Tea 1",
        "Tea 2",
    ]
    assert len(asked_for) == 2


def test_its_change_is_made(partner, world):
    found = partner.data(CHANGE.replace('"…"', json.dumps(world.customer)))

    assert found["contactUpdate"] == {"customer": {"id": world.customer, "city": "Riga"}, "userErrors": []}
    assert found["segmentCreate"]["userErrors"] == []
    assert found["segmentCreate"]["segment"]["membersCount"] == 0


def test_its_numbers_are_the_codes():
    for words in (
        f"{limits.MAX_BODY_BYTES:,} bytes",
        f"| {limits.MAX_TOKENS:,}, {limits.MAX_OPERATIONS}, {limits.MAX_FRAGMENTS} |",
        f"| {limits.MAX_ROOT_FIELDS}, {limits.MAX_FIELDS} |",
        f"| {limits.MAX_DEPTH}; {limits.MAX_INTROSPECTION_DEPTH} for introspection |",
        f"| {cost.MAX_POINTS} points |",
        f"A point is {cost.ROWS_PER_POINT} rows",
        f"bucket of {buckets.BUCKET_TOKENS}, which refills at {buckets.TOKENS_PER_SECOND} a second",
    ):
        assert words in GUIDE
    assert limits.MAX_ALIASES == limits.MAX_DIRECTIVES == limits.MAX_DUPLICATES == 20
    assert set(re.findall(r"`(\w+:(?:read|write))`", GUIDE)) == set(keys.SCOPES)
