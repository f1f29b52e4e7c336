"""From what a schema has had to this release: the migrations it lacks, and the SQL that moves its equals.

Schemas with the same migrations are equal to the last constraint's name, so the statements that Django sends
to the first of them move the others, too. What Django only finds out while it runs (the name of a constraint
between two migrations) is thereby right, which ``sqlmigrate`` cannot promise.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connections
from django.db.migrations import Migration, RunPython, SeparateDatabaseAndState
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from psycopg import sql

from regulars.platform import tenancy
from regulars.tenants import migrating

Applied = frozenset[tuple[str, str]]

AT_A_TIME = 100  # schemas asked in one statement
DJANGOS_OWN = "django.db.migrations.operations."
HAD = "SELECT {name}, app, name FROM {schema}.django_migrations"
NOTE = "INSERT INTO django_migrations (app, name, applied) VALUES ({app}, {name}, now())"
# What a commit between two migrations would have checked.
CHECK_NOW = "SET CONSTRAINTS ALL IMMEDIATE"


@dataclass
class Route:
    """The way of all schemas that have had the same migrations; ``before``: the models as those left them.

    ``is_plain``: nothing but schema changes, so ``script``, once a schema has gone this way, moves the rest.
    """

    missing: tuple[Migration, ...]
    is_plain: bool
    before: Callable[[], ProjectState]
    script: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(str(migration) for migration in self.missing)


class Routes:
    """The migrations of this release, read once; one route for each starting point."""

    def __init__(self) -> None:
        self._loader = MigrationLoader(None, ignore_no_migrations=True)
        labels = {config.label for config in migrating.configs(settings.TENANT_APPS)}
        nodes = self._loader.graph.leaf_nodes()
        self._targets = [node for node in nodes if node[0] in labels]
        replaced = [each for found in self._loader.disk_migrations.values() for each in found.replaces]
        self._known = {*self._loader.disk_migrations, *replaced}
        self._is_squashed = bool(self._loader.replacements)
        self._routes: dict[Applied, Route] = {}

    def of(self, applied: Applied) -> Route | None:
        """None: the schema is ahead, it has had migrations that this release does not know."""
        if applied - self._known:
            return None
        if applied not in self._routes:
            self._routes[applied] = self._found(applied)
        return self._routes[applied]

    def _found(self, applied: Applied) -> Route:
        had, missing = set(applied), []
        for target in self._targets:
            for node in self._loader.graph.forwards_plan(target):
                if node not in had:
                    had.add(node)
                    missing.append(self._loader.graph.nodes[node])
        is_plain = not self._is_squashed and all(map(_is_plain, missing))
        return Route(tuple(missing), is_plain, partial(self._state, applied))

    def _state(self, applied: Applied) -> ProjectState:
        state = ProjectState(real_apps=self._loader.unmigrated_apps)
        seen = set()
        for target in self._targets:
            for node in self._loader.graph.forwards_plan(target):
                if node in applied and node not in seen:
                    seen.add(node)
                    state = self._loader.graph.nodes[node].mutate_state(state, preserve=False)
        return state


def starting_points(schemas: Iterable[str]) -> dict[str, Applied | None]:
    """Schema -> the migrations it has had; None where that cannot be read."""
    found: dict[str, Applied | None] = {}
    with tenancy.shared():
        for some in _batched(list(schemas)):
            try:
                found.update(_had(some))
            except DatabaseError:
                for schema in some:
                    try:
                        found.update(_had([schema]))
                    except DatabaseError:
                        found[schema] = None
    return found


def recorded(route: Route) -> str:
    """Have Django migrate the open schema in the caller's transaction; the statements that changed it.

    Not by Django's executor: it looks for its table by reading the catalog, all tenants' part of it.
    """
    tenancy.require_atomic()
    state = route.before()
    with _listening() as sent:
        for migration in route.missing:
            with connections["default"].schema_editor(atomic=True) as editor:
                state = migration.apply(state, editor)
            tenancy.execute(CHECK_NOW)
            note = sql.SQL(NOTE).format(
                app=sql.Literal(migration.app_label), name=sql.Literal(migration.name)
            )
            tenancy.execute(note)
            sent += [CHECK_NOW, note.as_string(None)]
    # A statement may end with a comment, which must not swallow what follows.
    return "\n;\n".join(statement.strip().rstrip(";") for statement in sent)


@contextmanager
def _listening() -> Iterator[list[str]]:
    """What Django's schema editors send meanwhile, values written out."""
    wrapper: Any = connections["default"]
    sent: list[str] = []
    plain: Any = wrapper.SchemaEditorClass

    class Editor(plain):  # type: ignore[misc]
        def execute(self, statement: Any, params: Any = ()) -> None:
            words = str(statement)
            if params is not None:
                words = self.connection.ops.compose_sql(words, params)
            sent.append(words)
            super().execute(words, None)

    wrapper.SchemaEditorClass = Editor
    try:
        yield sent
    finally:
        wrapper.SchemaEditorClass = plain


def _is_plain(migration: Migration) -> bool:
    return bool(migration.atomic) and all(map(_is_schema_change, migration.operations))


def _is_schema_change(operation: Operation) -> bool:
    """Does it send the same statements to every schema? Python and others' operations may not."""
    if isinstance(operation, SeparateDatabaseAndState):
        return all(map(_is_schema_change, operation.database_operations))
    return not isinstance(operation, RunPython) and type(operation).__module__.startswith(DJANGOS_OWN)


@tenancy.atomic
def _had(schemas: list[str]) -> dict[str, Applied]:
    """In a transaction of its own, so that a refused question spoils no other."""
    asked = [sql.SQL(HAD).format(name=sql.Literal(each), schema=sql.Identifier(each)) for each in schemas]
    had: dict[str, set[tuple[str, str]]] = {schema: set() for schema in schemas}
    for schema, app, name in tenancy.rows(sql.SQL(" UNION ALL ").join(asked)):
        had[schema].add((app, name))
    return {schema: frozenset(names) for schema, names in had.items()}


def _batched(schemas: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(schemas), AT_A_TIME):
        yield schemas[start : start + AT_A_TIME]
