"""Which migrations would hurt while a release rolls out: tenants moved and not, old and new code at work.

What is refused here may still be right: the release before has stopped using the column, or the table is
known to be empty. Then it stands in LOOKED_AT, with the reason.
"""

from collections.abc import Iterator, Sequence

from django.apps import apps
from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED, CheckConstraint, Field, UniqueConstraint

UNRELEASED = "Made before the first release: no older code runs beside it."
LOOKED_AT = {
    "email.0002_room_in_recipients": "Tells PostgreSQL to leave room in pages: no row and no column changes.",
    "billing.0002_one_customer_a_tenant": UNRELEASED,
    "email.0003_one_index_less": UNRELEASED,
    "email.0004_server_away": UNRELEASED,
}
RENAMED = (
    "renames, and code of the release before asks for the old name. Add, fill, switch; remove a release later"
)
GONE = "takes away what code of the release before still uses. Remove it a release after its last use"
BY_HAND = "is SQL of its own: nobody can tell what it locks"
NO_DEFAULT = "is NOT NULL without a db_default: code of the release before cannot insert any more"
TYPE = "changes a column's type, which rewrites the table behind a lock. Add a column, fill it, switch"
NOT_NULL = "makes a column NOT NULL: that reads the table behind a lock, and older code may write NULL"
SHORTER = "shortens a column: the table is read behind a lock, and longer values are in the way"
RULE = "adds a rule to a table in use: code of the release before may break it, and rows may already"
RENAMES = (operations.RenameField, operations.RenameModel, operations.AlterModelTable)
REMOVALS = (operations.RemoveField, operations.DeleteModel)


def problems(loader: MigrationLoader) -> list[str]:
    """A line for each unsafe operation of ours that nobody has looked at: migration, operation, why not."""
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("regulars.")}
    state = ProjectState()
    found = []
    for migration in _in_order(loader):
        if migration.app_label in ours and not migration.initial and str(migration) not in LOOKED_AT:
            found += [f"{migration}: {words}" for words in _of(migration, state)]
        state = migration.mutate_state(state, preserve=False)
    return found


def _in_order(loader: MigrationLoader) -> list[Migration]:
    nodes: dict[tuple[str, str], None] = {}
    for leaf in sorted(loader.graph.leaf_nodes()):
        nodes.update(dict.fromkeys(loader.graph.forwards_plan(leaf)))
    return [loader.graph.nodes[node] for node in nodes]


def _of(migration: Migration, before: ProjectState) -> Iterator[str]:
    new: set[str] = set()  # tables that no code knows yet
    for operation in _flat(migration.operations):
        if isinstance(operation, operations.CreateModel):
            new.add(operation.name_lower)
        elif getattr(operation, "model_name", "").lower() not in new:
            why = _why_not(operation, before, migration.app_label)
            if why:
                yield f"{operation.describe()}: {why}."


def _flat(steps: Sequence[Operation]) -> Iterator[Operation]:
    """What touches the database: state alone does not."""
    for step in steps:
        if isinstance(step, operations.SeparateDatabaseAndState):
            yield from _flat(step.database_operations)
        else:
            yield step


def _why_not(operation: Operation, before: ProjectState, app: str) -> str:
    if isinstance(operation, RENAMES):
        return RENAMED
    if isinstance(operation, REMOVALS):
        return GONE
    if isinstance(operation, operations.RunSQL):
        return BY_HAND
    if isinstance(operation, operations.AddConstraint):
        return RULE if isinstance(operation.constraint, CheckConstraint | UniqueConstraint) else ""
    if isinstance(operation, operations.AddField):
        field = operation.field
        is_filled = field.null or field.many_to_many or field.db_default is not NOT_PROVIDED
        return "" if is_filled or getattr(field, "generated", False) else NO_DEFAULT
    if isinstance(operation, operations.AlterField):
        model = before.models.get((app, operation.model_name_lower))
        old = model.fields.get(operation.name) if model else None
        return _why_not_altered(old, operation.field) if old is not None else ""
    return ""


def _why_not_altered(old: Field, new: Field) -> str:  # type: ignore[type-arg]
    if type(old) is not type(new):
        return TYPE
    if old.null and not new.null:
        return NOT_NULL
    if new.unique and not old.unique:
        return RULE
    shorter = (new.max_length or 0) < (old.max_length or 0) if new.max_length else False
    return SHORTER if shorter else ""
