"""The committed descriptions of the APIs are the code's; a difference is shown, and settled by writing."""

import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from regulars.checks.management.commands.check_api_drift import COMMITTED, SCHEMA

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path):
    """A copy of what is committed."""
    shutil.copytree(ROOT / "docs" / "api", tmp_path / "docs" / "api")
    return tmp_path


def drift(**options):
    out = StringIO()
    call_command("check_api_drift", stdout=out, **options)
    return out.getvalue()


def test_there_is_none():
    assert drift() == "The REST API is as described.\nThe GraphQL API is as described.\n"


@pytest.mark.parametrize(
    ("file", "ours", "old", "name"),
    [(COMMITTED, "operationId: list_orders", "operationId: all_orders", "REST"),
     (SCHEMA, "type Campaign implements", "type Mailing implements", "GraphQL")],
)  # fmt: skip
def test_it_is_shown_and_fails(folder, file, ours, old, name):
    (folder / file).write_text((ROOT / file).read_text().replace(ours, old))
    out = StringIO()

    with pytest.raises(CommandError, match=f"^{name} differ"):
        call_command("check_api_drift", folder=folder, stdout=out)

    lines = [line for line in out.getvalue().splitlines() if line[:1] in "+-"]
    assert [line[1:].strip().startswith(word) for word, line in zip((old, ours), lines[2:], strict=True)] == [
        True,
        True,
    ]


def test_nothing_committed_is_a_difference(tmp_path):
    with pytest.raises(CommandError, match=r"^REST and GraphQL differ"):
        drift(folder=tmp_path)


def test_it_is_settled_by_writing(tmp_path):
    drift(folder=tmp_path, write=True)

    assert "as described" in drift(folder=tmp_path)
    for file in (COMMITTED, SCHEMA):
        assert (tmp_path / file).read_text() == (ROOT / file).read_text()
