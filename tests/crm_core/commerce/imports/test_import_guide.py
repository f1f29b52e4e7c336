"""docs/guides/import-orders.md shows a mapping that is one, with every setting and column there is."""

import re
import tomllib
from pathlib import Path

from regulars.crm_core.commerce.imports import mapping
from regulars.platform.sheets import reading

GUIDE = (Path(__file__).parents[4] / "docs" / "guides" / "import-orders.md").read_text("utf-8")
EXAMPLE = tomllib.loads(re.search(r"```toml\n(.*?)```", GUIDE, re.DOTALL)[1])


def test_the_example_can_be_read_and_leaves_nothing_out():
    told = mapping.read(EXAMPLE)

    assert set(EXAMPLE) == set(mapping.Mapping.__dataclass_fields__)
    assert set(told.columns) == set(mapping.COLUMNS)
    assert tuple(EXAMPLE["columns"])[:4] == ("order", "ordered_at", "quantity", "price")


def test_the_limits_are_those_of_the_code():
    assert f"{reading.MAX_LINE_BYTES:,} bytes" in GUIDE
    assert f"{reading.MAX_COLUMNS} columns" in GUIDE
