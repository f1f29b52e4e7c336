"""Documents that claim to be complete are; what they link to is there."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
A_LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]+)?\)")
A_REQUIREMENT = re.compile(r"^([A-Za-z][A-Za-z0-9-]*(\[[a-z,]+\])?)", re.MULTILINE)
PICTURES = {"docs/screenshots/customers.png"}  # taken by `make shots` from the finished product
DEVELOPERS_ALONE = {"check_api_drift", "check_budget"}  # targets of make


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document):
    linked = [target for target, _ in A_LINK.findall(document.read_text()) if "://" not in target]

    missing = [target for target in linked if not (document.parent / target).exists()]

    assert [target for target in missing if target not in PICTURES] == []


@pytest.mark.parametrize("name", ["requirements.in", "requirements-dev.in"])
def test_every_dependency_has_its_line(name):
    told = (ROOT / "docs" / "decisions" / "dependencies.md").read_text()
    rows = [row.split("|")[1] for row in told.splitlines() if row.startswith("| ")]

    asked = [found[0] for found in A_REQUIREMENT.findall((ROOT / name).read_text())]

    assert asked
    assert [each for each in asked if not any(is_named(each, row) for row in rows)] == []


def test_every_browser_package_has_its_line():
    told = (ROOT / "docs" / "decisions" / "dependencies.md").read_text()
    packages = json.loads((ROOT / "package.json").read_text())

    asked = [*packages["dependencies"], *packages.get("devDependencies", {})]

    assert [each for each in asked if f"| {each} |" not in told] == []


def is_named(library, row):
    return library in {word.strip() for word in re.split(r",(?![a-z])", row)}


def test_every_decision_is_listed():
    folder = ROOT / "docs" / "decisions"
    listed = (folder / "README.md").read_text()

    assert [path.name for path in folder.glob("0*.md") if f"({path.name})" not in listed] == []


def test_every_command_is_explained():
    explained = (ROOT / "docs" / "guides" / "operators.md").read_text()

    commands = {path.stem for path in ROOT.glob("regulars/**/management/commands/[a-z]*.py")}

    assert {name for name in commands - DEVELOPERS_ALONE if name not in explained} == set()
