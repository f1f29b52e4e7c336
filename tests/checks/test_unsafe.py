import pytest
from django.db.migrations.loader import MigrationLoader

from regulars.checks import unsafe


@pytest.fixture
def found(released):
    """What is said of one more migration of the customers' room."""

    def judge(operations):
        released(operations)
        return unsafe.problems(MigrationLoader(None, ignore_no_migrations=True))

    return judge


class TestProblems:
    def test_are_none_in_this_release(self):
        assert unsafe.problems(MigrationLoader(None, ignore_no_migrations=True)) == []

    @pytest.mark.parametrize(
        ("operation", "why"),
        [
            ('migrations.AddField("contact", "extra", models.TextField(default="x"))', unsafe.NO_DEFAULT),
            ('migrations.RemoveField("contact", "country_code")', unsafe.GONE),
            ('migrations.DeleteModel("note")', unsafe.GONE),
            ('migrations.RenameField("contact", "country_code", "land")', unsafe.RENAMED),
            ('migrations.AlterField("contact", "country_code", models.TextField(blank=True))', unsafe.TYPE),
            ('migrations.RunSQL("UPDATE customers_contact SET city = NULL")', unsafe.BY_HAND),
            (
                'migrations.AddConstraint("contact", models.UniqueConstraint("country_code", name="x"))',
                unsafe.RULE,
            ),
        ],
    )
    def test_name_what_old_code_or_a_table_in_use_cannot_bear(self, found, operation, why):
        (problem,) = found(operation)

        assert problem.startswith("customers.")
        assert problem.endswith(f"{why}.")

    @pytest.mark.parametrize(
        "operation",
        [
            'migrations.AddField("contact", "extra", models.TextField(null=True))',
            'migrations.AddField("contact", "extra", models.TextField(db_default="x"))',
            'migrations.AddIndex("contact", models.Index(fields=["country_code"], name="by_country"))',
            """migrations.CreateModel("Gadget", [("id", models.BigAutoField(primary_key=True))]),
            migrations.AddField("gadget", "extra", models.TextField(default="x"))""",
        ],
    )
    def test_let_pass_what_both_releases_can_live_with(self, found, operation):
        assert found(operation) == []
