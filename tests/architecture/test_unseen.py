"""What import-linter cannot see: names, text, foreign keys by string, personal data."""

import ast
from importlib.util import find_spec
from pathlib import Path

from django.apps import AppConfig, apps
from django.conf import settings
from django.db import models

import regulars
from regulars.platform.privacy import Personal

PACKAGE = Path(regulars.__file__).parent
MODULES = [path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts]
MODELS = [model for model in apps.get_models() if model.__module__.startswith("regulars.")]
PUBLIC = {AppConfig.create(entry).name for entry in settings.SHARED_APPS}
FLOORS = [
    {"platform", "facts"},
    {"tenants"},
    {"customers"},
    {"commerce"},
    {"insight"},
    {"sales", "service"},
    {"workflow"},
    {"shop", "email", "billing"},
]
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
WEB_ROOMS = {"web", "rest", "graphql"}
WEB_FILES = {"urls", "urls_public", "urls_tenant", "views", "middleware", "webhooks", "tracking", "health"}
WEB_LIBRARIES = ("django.http", "django.shortcuts", "django.views", "django.forms", "django.template")
DOORS = ("django.db.transaction", "django.db.connection")
# Django's migration executor takes the connection itself; these modules do nothing but run it.
THROUGH_THE_DOOR = {Path("tenants/migrating.py"), Path("tenants/routes.py")}
TELLS_NOTHING = (
    models.AutoField,
    models.BooleanField,
    models.DateTimeField,
    models.DecimalField,
    models.ForeignKey,
    models.IntegerField,
    models.UUIDField,
)


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_no_name_of_ours_hides_a_library():
    for name in {path.stem for path in PACKAGE.iterdir() if path.stem.isidentifier()}:
        origin = Path(getattr(find_spec(name), "origin", None) or "built-in")
        assert PACKAGE.parent not in origin.parents or "site-packages" in origin.parts, origin


def test_every_folder_of_code_is_a_package():
    assert [path for path in MODULES if not path.with_name("__init__.py").exists()] == []


def test_use_cases_know_no_web_library():
    for path in MODULES:
        if path.relative_to(PACKAGE).parts[0] not in WEB_ROOMS and path.stem not in WEB_FILES:
            assert [name for name in imported(path) if name.startswith(WEB_LIBRARIES)] == [], path


def test_only_platform_opens_connections_and_transactions():
    for path in MODULES:
        place = path.relative_to(PACKAGE)
        if place.parts[0] != "platform" and place not in THROUGH_THE_DOOR:
            opened = [name for name in imported(path) if name == "django.db" or name.startswith(DOORS)]
            assert opened == [], path


def test_foreign_keys_stay_in_their_schema_and_point_downwards():
    for model in MODELS:
        ours = model._meta.app_config
        for field in [*model._meta.local_fields, *model._meta.local_many_to_many]:
            theirs = field.related_model._meta.app_config if field.related_model else ours
            if theirs is not ours:
                assert (ours.name in PUBLIC) == (theirs.name in PUBLIC), f"{field} leaves its schema"
                assert FLOOR[ours.label] > FLOOR.get(theirs.label, -1), f"{field} points upwards"


def test_every_field_that_may_tell_of_a_person_is_classified():
    for model in MODELS:
        fields = {field.name: field for field in model._meta.local_fields}
        telling = {name for name, f in fields.items() if not isinstance(f, TELLS_NOTHING) and not f.choices}
        said = getattr(model, "personal", None)
        assert said is not None, f"{model} must declare `personal`, be it empty"
        assert telling <= set(said) <= set(fields), f"{model}: {telling ^ set(said)}"
        assert all(isinstance(fate, Personal) for fate in said.values()), model
