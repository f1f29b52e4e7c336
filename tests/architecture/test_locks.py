"""The image installs what the tests ran with, and nothing that only development needs."""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ROOT / "regulars"  # of which platform/services serves development alone
A_PIN = re.compile(
    r"^([a-z0-9][a-z0-9._-]*)(?:\[[a-z0-9,-]+\])?==(\S+)(?: ;[^\\]*)? \\\n((?: {4}--hash=.*\n?)+)", re.M
)
A_REQUIREMENT = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)", re.MULTILINE)


def pins(name):
    """Package -> its version and hashes."""
    return {
        pin[1]: (pin[2], pin[3].replace("\\", "").split())
        for pin in A_PIN.finditer((ROOT / name).read_text())
    }


def asked(name):
    return {word.lower() for word in A_REQUIREMENT.findall((ROOT / name).read_text())}


class TestTheProductionLock:
    def test_pins_each_package_as_the_lock_of_the_tests_does(self):
        production, tests = pins("requirements-production.lock"), pins("requirements.lock")

        lines = (ROOT / "requirements-production.lock").read_text().splitlines()

        assert len(production) == len([line for line in lines if line[0] not in "# "])
        assert {name: pin for name, pin in production.items() if tests.get(name) != pin} == {}

    def test_holds_what_the_product_asks_for_and_no_development_package(self):
        production = set(pins("requirements-production.lock"))

        assert asked("requirements.in") <= production
        assert asked("requirements-dev.in") & production == set()

    def test_names_no_host(self):
        locks = [ROOT / "requirements-production.lock", ROOT / "requirements.lock"]

        assert [lock.name for lock in locks if "://" in lock.read_text()] == []

    def test_brings_every_library_that_the_product_imports(self):
        production = set(pins("requirements-production.lock"))
        brought = packages_distributions()

        used = set().union(*(imports(path) for path in PRODUCT.rglob("*.py") if "services" not in path.parts))
        libraries = {name for name in used if name not in sys.stdlib_module_names and name != "regulars"}

        assert libraries
        assert {
            name for name in libraries if not {canonical(each) for each in brought[name]} & production
        } == set()


def imports(path):
    """The top names that a module imports, wherever in it."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    named = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    return {name.partition(".")[0] for name in plain | named}


def canonical(distribution):
    return re.sub(r"[-_.]+", "-", distribution).lower()


def test_no_lock_names_a_host():
    locks = [*ROOT.glob("*.lock"), ROOT / "package-lock.json"]

    assert len(locks) >= 5
    assert [path.name for path in locks if "://" in path.read_text()] == []
