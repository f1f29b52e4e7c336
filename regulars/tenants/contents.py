"""What a tenant's schema holds, as the catalogue of the database and the models tell it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Model
from psycopg import sql

from regulars.platform import tenancy
from regulars.platform.fields import EncryptedJSONField
from regulars.tenants import migrating

TABLES = """
SELECT c.relname, a.attname, coalesce(i.indisprimary, false)
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY (i.indkey)
WHERE c.relkind = 'r' AND c.relnamespace = %s::regnamespace
ORDER BY c.relname, a.attnum
"""


@dataclass(frozen=True)
class Table:
    """A table of the schema: its columns in order, without those that PostgreSQL computes."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]

    def rows_out(self, schema: str) -> sql.Composed:
        """All rows, by their key, in the form that ``rows_in`` takes."""
        return sql.SQL("COPY (SELECT {columns} FROM {table} ORDER BY {key}) TO STDOUT").format(
            columns=_listed(self.columns),
            table=sql.Identifier(schema, self.name),
            key=_listed(self.key or self.columns),
        )

    def rows_in(self, schema: str) -> sql.Composed:
        return sql.SQL("COPY {table} ({columns}) FROM STDIN").format(
            table=sql.Identifier(schema, self.name), columns=_listed(self.columns)
        )

    def lines_out(self, schema: str, *, columns: tuple[str, ...]) -> sql.Composed:
        """All rows as JSON objects of some columns, one a line."""
        return sql.SQL(
            "COPY (SELECT row_to_json(line) FROM (SELECT {columns} FROM {table} ORDER BY {key}) AS line) "
            "TO STDOUT"
        ).format(
            columns=_listed(columns),
            table=sql.Identifier(schema, self.name),
            key=_listed(self.key or self.columns),
        )


def tables(schema: str) -> list[Table]:
    """Every table of a schema, by name."""
    columns: dict[str, list[str]] = {}
    keys: dict[str, list[str]] = {}
    for table, column, is_key in tenancy.rows(TABLES, [schema]):
        columns.setdefault(table, []).append(column)
        if is_key:
            keys.setdefault(table, []).append(column)
    return [Table(name, tuple(each), tuple(keys.get(name, ()))) for name, each in columns.items()]


def models() -> Iterator[type[Model]]:
    """Every model whose rows lie in a tenant's schema, those behind many-to-many fields included."""
    for config in migrating.configs(settings.TENANT_APPS):
        yield from config.get_models(include_auto_created=True)


def sealed_columns(model: type[Model]) -> list[str]:
    """The columns of a model that hold secrets, and nothing that a reader could use."""
    fields = model._meta.concrete_fields
    return [str(field.column) for field in fields if isinstance(field, EncryptedJSONField)]


def _listed(names: tuple[str, ...]) -> Any:
    return sql.SQL(", ").join(map(sql.Identifier, names))
