"""docs/configuration.md lists exactly the environment variables that regulars/settings reads."""

import ast
import re
from pathlib import Path

import regulars

SETTINGS = Path(regulars.__file__).parent / "settings"
DOCUMENT = SETTINGS.parents[1] / "docs" / "configuration.md"
AN_ENVIRONMENT = {"os.environ", "environment", "_environment"}
READS_BY_NAME = "_needed"  # production's: its argument is the variable's name
IN_TESTS_ONLY = "test.py"
TABLE_OF_SETTINGS = "## Settings"
A_ROW = re.compile(r"^\| `([A-Z][A-Z0-9_]+)`.*$", re.MULTILINE)


def words(node):
    """The texts that an expression may stand for: a constant, or both branches of a condition."""
    if isinstance(node, ast.IfExp):
        return words(node.body) | words(node.orelse)
    assert isinstance(node, ast.Constant), f"line {node.lineno}: a variable's name must be written out"
    return {node.value}


def is_environment(node):
    return ast.unparse(node) in AN_ENVIRONMENT


def names_in(node):
    """The variables that one expression reads."""
    if isinstance(node, ast.Subscript) and is_environment(node.value):
        return words(node.slice)
    if isinstance(node, ast.Call) and ast.unparse(node.func) in {"os.getenv", READS_BY_NAME}:
        return words(node.args[0])
    method = node.func if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None
    if method and method.attr in {"get", "pop", "setdefault"} and is_environment(method.value):
        return words(node.args[0])
    return set()


def read(path):
    tree = ast.parse(path.read_text())
    tree.body = [node for node in tree.body if getattr(node, "name", "") != READS_BY_NAME]
    return set().union(*(names_in(node) for node in ast.walk(tree)))


def documented():
    """Variable -> its row in the table of settings, and nothing of the tables after it."""
    text = DOCUMENT.read_text()
    table = text[text.index(TABLE_OF_SETTINGS) :].split("\n## ")[0]
    return {row[1]: row[0] for row in A_ROW.finditer(table)}


class TestTheTableOfSettings:
    def test_lists_what_the_settings_read_and_nothing_else(self):
        files = [path for path in SETTINGS.glob("*.py") if path.name != IN_TESTS_ONLY]

        is_read = set().union(*(read(path) for path in files))

        assert set(documented()) == is_read | {"DJANGO_SETTINGS_MODULE"}

    def test_marks_what_a_server_refuses_to_start_without(self):
        needed = re.findall(r'_needed\("([A-Z_]+)"\)', (SETTINGS / "production.py").read_text())

        marked = {name for name, row in documented().items() if "**needed**" in row}

        assert marked == set(needed)
