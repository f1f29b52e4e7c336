"""A key of one tenant with the ids of another's: null, never data, on every field and every id of the schema."""

import pytest

from regulars.graphql import node_ids, schema
from regulars.graphql.fields import ROWS
from regulars.graphql.selecting import declared
from regulars.platform import tenancy
from tests.graphql.conftest import fill
from tests.graphql.test_gate import REACHED, picked

CANARY = "Zaunkönig"


@pytest.fixture
def theirs(tea_shop):
    return fill(tea_shop, CANARY)


@pytest.fixture
def ours(book_shop):
    return fill(book_shop, "Amsel")


@pytest.mark.parametrize("type_name", list(ROWS))
def test_no_field_shows_another_tenants(partner, rival, theirs, ours, type_name):
    everything = " ".join(picked(type_name, name) for name in declared(ROWS[type_name]))
    query = "{ %s }" % (REACHED[type_name] % everything)

    seen, other = partner.post(query).content.decode(), rival.post(query).content.decode()

    assert "errors" not in seen
    assert "errors" not in other
    assert CANARY not in other
    assert "Amsel" not in seen
    assert CANARY in seen or type_name in {"Refund"}


@pytest.mark.parametrize("name", ["customer", "order", "product", "segment", "campaign"])
def test_no_id_of_another_tenant_names_anything(partner, rival, theirs, ours, name):
    assert name.capitalize() in schema.TYPES
    query = "query($id: ID!) { %s(id: $id) { id } node(id: $id) { id } }" % name
    for host in ("bookshop.localhost", "localhost"):
        rival.client.defaults["HTTP_HOST"] = host

        answer = rival.post(query, id=getattr(theirs, name)).json()

        assert answer["data"] == {name: None, "node": None}
        assert [each["extensions"]["code"] for each in answer["errors"]] == ["not_found"] * 2
    assert partner.data(query, id=getattr(theirs, name))["node"] == {"id": getattr(theirs, name)}


def test_no_filter_and_no_change_reaches_another_tenant(partner, rival, theirs, ours, tea_shop):
    assert rival.data(
        "query($id: ID!) { orders(first: 9, customer: $id) { totalCount } }", id=theirs.customer
    ) == {"orders": {"totalCount": 0}}
    change = 'mutation($id: ID!) { contactUpdate(input: {id: $id, name: "Taken"}) { customer { id } userErrors { field code } } }'

    answer = rival.data(change, id=theirs.customer)["contactUpdate"]

    assert answer == {"customer": None, "userErrors": [{"field": "id", "code": "unknown_contact"}]}
    with tenancy.opened(tea_shop.schema_name):
        from regulars.crm_core.customers.models import Contact

        _type, key = node_ids.opened(theirs.customer)
        assert Contact.objects.get(pk=key).name == f"{CANARY} Person2"
