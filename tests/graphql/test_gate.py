"""Made from the schema: no field asks the database once for each row, none reads what nobody asked for, and
what the planner shapes is what the schema declares."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from graphql import get_named_type, graphql_sync, is_object_type

from regulars.graphql import schema
from regulars.graphql.fields import ROWS, Batch, Many, MergedInto, One, Read
from regulars.graphql.selecting import declared
from regulars.graphql.work import Work
from regulars.platform import tenancy
from regulars.tenants import bearer

# How each type's rows are reached from the root, each more than once.
REACHED = {
    "Customer": "customers(first: 3) { nodes { %s } }",
    "Order": "customers(first: 3) { nodes { orders(first: 3) { nodes { %s } } } }",
    "OrderLine": "orders(first: 9) { nodes { lines(first: 3) { nodes { %s } } } }",
    "Refund": "orders(first: 9) { nodes { refunds(first: 3) { nodes { %s } } } }",
    "Product": "orders(first: 9) { nodes { lines(first: 2) { nodes { product { %s } } } } }",
    "Segment": "campaigns(first: 3) { nodes { segment { %s } } }",
    "Campaign": "campaigns(first: 3) { nodes { %s } }",
}
FIELDS = [(type_name, name) for type_name, type_ in ROWS.items() for name in declared(type_)]


def picked(type_name, name, depth=0):
    """A selection of everything of a field's value that is no list of its own."""
    field = schema.built().type_map[type_name].fields[name]
    returns = get_named_type(field.type)
    if not is_object_type(returns):
        return name
    if "first" in field.args:
        row = returns.name.removesuffix("Connection")
        return f"{name}(first: 2) {{ totalCount nodes {{ {scalars(row)} }} edges {{ cursor }} pageInfo {{ endCursor hasNextPage }} }}"
    return f"{name} {{ {scalars(returns.name)} }}"


def scalars(type_name):
    found = ["__typename"]
    for name, field in schema.built().type_map[type_name].fields.items():
        returns = get_named_type(field.type)
        if isinstance(declared(ROWS[type_name]).get(name) if type_name in ROWS else None, Batch):
            continue  # a statement of its own
        if not is_object_type(returns):
            found.append(name)
        elif returns.name == "Money":
            found.append(f"{name} {{ amount currency }}")
    return " ".join(found)


@pytest.fixture
def work(tea_shop, partner):
    return Work(
        holder=bearer.holder(
            authorization=f"Bearer {partner.key}", address="/", host=None, at=timezone.now()
        ),
        at=timezone.now(),
    )


def asked(query, work, **how):
    with tenancy.opened(work.holder.tenant.schema_name), CaptureQueriesContext(connection) as captured:
        answer = graphql_sync(schema.built(), query, context_value=work, **how)
    statements = [each["sql"] for each in captured if "set_config" not in each["sql"]]
    return answer, statements


def test_every_type_says_how_it_is_reached():
    assert set(REACHED) == set(ROWS)


@pytest.mark.parametrize(("type_name", "name"), FIELDS)
class TestField:
    def test_says_where_it_comes_from(self, type_name, name):
        assert isinstance(declared(ROWS[type_name])[name], Read | MergedInto | One | Many | Batch)

    def test_costs_no_statement_for_each_row(self, type_name, name, world, partner, settings, work):
        from regulars.graphql.execution import Whole

        plain = "{ %s }" % (REACHED[type_name] % "__typename")
        query = "{ %s }" % (REACHED[type_name] % picked(type_name, name))

        _answer, before = asked(plain, work, execution_context_class=Whole)
        answer, after = asked(query, work, execution_context_class=Whole)

        assert answer.errors is None
        more = {Read: 0, MergedInto: 0, One: 1, Many: 2, Batch: 2}[type(declared(ROWS[type_name])[name])]
        assert len(after) - len(before) <= more, after


@pytest.mark.parametrize("type_name", list(ROWS))
class TestType:
    def test_is_shaped_as_it_is_declared(self, type_name, world, work, monkeypatch):
        """graphql-core completes every value again, type by type, and finds the same answer."""
        monkeypatch.setattr("django.core.signing.time.time", lambda: 1_800_000_000.0)  # cursors carry it
        from regulars.graphql.execution import Whole

        everything = " ".join(picked(type_name, name) for name in declared(ROWS[type_name]))
        query = "{ %s }" % (REACHED[type_name] % everything)

        shaped, _statements = asked(query, work, execution_context_class=Whole)
        with_resolvers, _statements = asked(query, work, middleware=[by_key])

        assert shaped.errors is None
        assert with_resolvers.errors is None
        assert shaped.data == with_resolvers.data


def by_key(resolve, root, info, **given):
    """What the planner has shaped lies under the answer's keys."""
    return resolve(root, info, **given) if root is None else root[info.path.key]


class TestColumns:
    def test_are_read_only_where_they_are_asked_for(self, world, work):
        from regulars.graphql.execution import Whole

        answer, [statement] = asked(
            "{ customers(first: 3) { nodes { name } } }", work, execution_context_class=Whole
        )

        assert answer.errors is None
        listed = statement.partition("FROM")[0]
        assert [word for word in ("email", "phone", "stage", "tags") if word in listed] == []
        assert "insight_customermetrics" not in statement
        assert "COUNT" not in statement
