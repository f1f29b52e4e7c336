"""What a tenant may cost: the count is the true one, and above the budget it fails."""

from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from regulars.checks.management.commands import check_budget
from regulars.platform import tenancy

COUNTED = """
    SELECT count(*) FILTER (WHERE c.relkind = 'r'), count(*) FILTER (WHERE c.relkind = 'i')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s
"""


def test_counts_what_a_tenant_really_has(tea_shop):
    found = check_budget.cost((settings.ROOT / check_budget.TEMPLATE).read_text())

    assert tenancy.rows(COUNTED, [tea_shop.schema_name]) == [(found.tables, found.indexes)]
    assert found.tables > 10


def test_holds():
    out = StringIO()

    call_command("check_budget", stdout=out)

    assert "tables (at most 90)" in out.getvalue()


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE x (\n    id bigint\n);\n" * 91,
        "CREATE INDEX x ON y USING btree (z);\n" * 200 + "    ADD CONSTRAINT x PRIMARY KEY (id);\n" * 121,
    ],
)
def test_fails_above(tmp_path, sql):
    file = tmp_path / "template.sql"
    file.write_text(sql)

    with pytest.raises(CommandError, match="budget"):
        call_command("check_budget", file=file, stdout=StringIO())
