"""docs/guides/import-customers.md shows a file that can be taken, with every column there is."""

import re
from pathlib import Path

import pytest

from regulars.crm_core.customers import imports
from regulars.crm_core.customers.imports.rows import COLUMNS
from tests.factories.commerce import NOON

GUIDE = (Path(__file__).parents[4] / "docs" / "guides" / "import-customers.md").read_text("utf-8")
EXAMPLE = re.search(r"```csv\n(.*?)```", GUIDE, re.DOTALL)[1]


@pytest.mark.usefixtures("tenant")
def test_the_example_can_be_taken_and_leaves_no_column_out(tmp_path):
    path = tmp_path / "customers.csv"
    path.write_text(EXAMPLE)

    taken = imports.take(path=path, time_zone="Europe/Berlin", at=NOON, source="till")

    assert (taken.new, taken.rejected) == (2, 0)
    assert tuple(EXAMPLE.splitlines()[0].split(",")) == COLUMNS
    assert all(f"`{name}`" in GUIDE for name in COLUMNS)
