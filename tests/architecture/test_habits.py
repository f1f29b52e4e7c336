"""Habits of this house that a reader would otherwise have to know: facts, refusals, sizes, names."""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import regulars
from regulars.platform.errors import Refused
from regulars.reactions import ANSWERS, FOLLOWERS

PACKAGE = Path(regulars.__file__).parent
ROOT = PACKAGE.parent
MODULES = [path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts]
MAX_LINES = 300
MAX_FUNCTION_LINES = 40
DRAWERS = {"utils", "util", "helpers", "helper", "managers", "manager", "common", "misc"}
WRITTEN_BY_PEOPLE = {".py", ".html", ".js", ".css"}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK|WIP)\b")
ACROSS_SCHEMAS = re.compile(r"\b(CREATE|ALTER|DROP)\s+(SCHEMA|ROLE)|\bpublic\.", re.IGNORECASE)


def kept_files():
    """What is in git or about to be: third-party files and local state are not."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "regulars", "tests", "bench"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in listed.splitlines() if (path := ROOT / name).is_file()]


@cache
def parsed():
    """Each module's path -> its syntax."""
    return {path: ast.parse(path.read_text()) for path in MODULES}


def is_call_of_record(node):
    """Is it ``facts.record(…)``?"""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="facts"), attr="record"), args=[_, *_]):
            return True
    return False


def recorded():
    """The constant fact names that use cases record."""
    for tree in parsed().values():
        for node in ast.walk(tree):
            if is_call_of_record(node):
                for said in ast.walk(node.args[0]):
                    if isinstance(said, ast.Constant) and isinstance(said.value, str):
                        yield said.value


def every_refusal(kind=Refused):
    for each in kind.__subclasses__():
        yield each
        yield from every_refusal(each)


def import_everything():
    from importlib import import_module

    for path in MODULES:
        parts = path.relative_to(ROOT).with_suffix("").parts
        if "settings" not in parts:
            import_module(".".join(parts).removesuffix(".__init__"))


class TestFacts:
    def test_have_a_line_in_reactions(self):
        assert [name for name in recorded() if name not in FOLLOWERS] == []

    def test_are_named_as_noun_and_participle(self):
        for name in FOLLOWERS:
            assert re.fullmatch(r"[a-z]+\.[a-z]+(_[a-z]+)*", name), name

    def test_are_followed_by_tasks_that_carry_their_tenant(self):
        for task in [*(each for tasks in FOLLOWERS.values() for each in tasks), *ANSWERS.values()]:
            assert re.fullmatch(r"[a-z]+\.[a-z_]+", task.name), task.name


class TestRefusals:
    def test_have_a_code_of_their_own(self):
        import_everything()
        codes = {}

        for refusal in every_refusal():
            if "code" in vars(refusal):
                codes.setdefault(refusal.code, set()).add(refusal.__name__)

        # Two modules may name the same refusal alike; two refusals may not share a code.
        assert {code: names for code, names in codes.items() if len(names) > 1} == {}


class TestFiles:
    def test_are_read_in_one_sitting(self):
        long = {
            str(path.relative_to(ROOT)): count
            for path in kept_files()
            if path.suffix in WRITTEN_BY_PEOPLE and "migrations" not in path.parts
            if (count := len(path.read_text().splitlines())) > MAX_LINES
        }
        assert long == {}

    def test_hold_no_function_longer_than_a_screen(self):
        long = [
            f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
            for path, tree in parsed().items()
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= MAX_FUNCTION_LINES
        ]
        assert long == []

    def test_are_no_drawers(self):
        assert [path for path in MODULES if path.stem in DRAWERS or path.name == "services.py"] == []

    def test_leave_no_mark_of_unfinished_work(self):
        ours = Path(__file__)
        texts = [path for path in kept_files() if path.suffix in WRITTEN_BY_PEOPLE and path != ours]
        assert [path for path in texts if UNFINISHED.search(path.read_text())] == []

    def test_explain_themselves_first(self):
        silent = [path for path, tree in parsed().items() if tree.body and not ast.get_docstring(tree)]
        assert [path for path in silent if path.name not in {"apps.py", "__init__.py"}] == []


class TestMigrations:
    def test_of_tenants_stay_in_their_schema(self):
        """A migration runs once per tenant: it names no other schema and makes no role."""
        for path in [
            *PACKAGE.glob("crm_core/*/migrations/0*.py"),
            *PACKAGE.glob("integrations/*/migrations/0*.py"),
        ]:
            assert not ACROSS_SCHEMAS.search(path.read_text()), path
