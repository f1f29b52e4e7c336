"""The list of sabotages cannot rot: what each changes is there, and so are the tests that should notice."""

from pathlib import Path

import pytest

from tools.sabotage import ROOT, stands
from tools.sabotages import SABOTAGES


@pytest.mark.parametrize("each", SABOTAGES, ids=lambda each: each.name)
class TestSabotage:
    def test_changes_a_text_that_stands_exactly_once(self, each):
        assert stands(each)
        assert each.new != each.old

    def test_is_left_to_tests_that_exist(self, each):
        for test in each.tests:
            path, _, name = test.partition("::")
            assert f"class {name}" in (Path(ROOT) / path).read_text() if name else (ROOT / path).is_file()


def test_names_are_told_apart():
    assert len({each.name for each in SABOTAGES}) == len(SABOTAGES)
