"""What programs may change, once for each key, with refusals that say which input they concern."""

import pytest
from django.utils import timezone

from regulars.crm_core.customers.models import Contact
from regulars.crm_core.insight.models import Segment
from regulars.graphql import node_ids
from regulars.platform import ids, tenancy
from regulars.platform.facts.models import Fact
from regulars.tenants import keys
from tests.rest.conftest import key_for

UPDATE = """mutation($input: ContactUpdateInput!, $once: String) { contactUpdate(input: $input, idempotencyKey: $once) {
    customer { name city ordersCount orders(first: 1) { nodes { number } } } userErrors { field code message } } }"""
CREATE = """mutation($input: SegmentCreateInput!, $once: String) { segmentCreate(input: $input, idempotencyKey: $once) {
    segment { id name rules membersCount version } userErrors { field code } } }"""
ONE_ORDER = {"all": [{"field": "orders_count", "is": "equals", "value": 2}]}


class TestContactUpdate:
    def test_changes_what_is_given_and_answers_with_the_row(self, partner, world):
        found = partner.data(UPDATE, input={"id": world.customer, "city": "Riga", "firstName": "Tea"})[
            "contactUpdate"
        ]

        assert found["userErrors"] == []
        orders = {"nodes": [{"number": "22"}]}
        assert found["customer"] == {
            "name": "Tea Person2",
            "city": "Riga",
            "ordersCount": 2,
            "orders": orders,
        }

    @pytest.mark.parametrize(
        ("given", "field", "code"),
        [
            ({"email": "p0@example.com"}, "email", "address_taken"),
            ({"email": "nobody"}, "email", "no_address"),
            ({"countryCode": "Germany"}, "countryCode", "bad_word"),
            ({"id": node_ids.written("Customer", ids.new())}, "id", "unknown_contact"),
            ({"id": "x"}, "id", "bad_id"),
        ],
    )
    def test_refuses_in_user_errors_and_changes_nothing(self, partner, world, tea_shop, given, field, code):
        found = partner.data(UPDATE, input={"id": world.customer, "city": "Riga", **given})["contactUpdate"]

        assert found["customer"] is None
        assert [(each["field"], each["code"]) for each in found["userErrors"]] == [(field, code)]
        assert found["userErrors"][0]["message"]
        with tenancy.opened(tea_shop.schema_name):
            assert not Contact.objects.filter(city="Riga").exists()

    def test_is_made_once_for_a_key(self, partner, world, tea_shop):
        given = {"input": {"id": world.customer, "city": "Riga"}, "once": "partner-key-1"}
        first, again = partner.data(UPDATE, **given), partner.data(UPDATE, **given)
        other = partner.data(UPDATE, input={"id": world.customer, "city": "Oslo"}, once="partner-key-1")

        assert first == again
        [error] = other["contactUpdate"]["userErrors"]
        assert (error["field"], error["code"]) == ("idempotencyKey", "idempotency_key_used")
        with tenancy.opened(tea_shop.schema_name):
            assert Fact.objects.filter(name="contact.described").count() == 1

    def test_needs_the_scope_to_write_and_to_read_back(self, partner, world, tea_shop):
        for scopes in (["customers:read"], ["customers:write"], ["customers:read", "customers:write"]):
            key = key_for(tea_shop, scopes=scopes)
            answer = partner.post(UPDATE, key=key, input={"id": world.customer, "city": "Riga"}).json()
            assert answer["errors"][0]["extensions"]["code"] == "missing_scope"  # orders:read, at the latest
        with tenancy.opened(tea_shop.schema_name):
            assert not Contact.objects.filter(city="Riga").exists()


class TestSegmentCreate:
    def test_makes_a_segment_and_counts_it(self, partner, world):
        found = partner.data(CREATE, input={"name": "Twice", "rules": ONE_ORDER})["segmentCreate"]

        assert found["userErrors"] == []
        assert found["segment"].pop("id")
        assert found["segment"] == {"name": "Twice", "rules": ONE_ORDER, "membersCount": 3, "version": 1}

    def test_takes_rules_written_into_the_query(self, partner, world):
        query = """mutation { segmentCreate(input: {name: "Tea", rules: {all: [{field: "city", is: "equals", value: "Tea"}]}})
            { segment { membersCount } userErrors { code } } }"""

        assert partner.data(query)["segmentCreate"] == {"segment": {"membersCount": 3}, "userErrors": []}

    @pytest.mark.parametrize(
        ("given", "field", "code"),
        [
            ({"name": " "}, "name", "bad_segment_name"),
            ({"name": "tea LOVERS"}, "name", "segment_name_taken"),
            (
                {"rules": {"all": [{"field": "shoe_size", "is": "equals", "value": 1}]}},
                "rules.all.0.field",
                "bad_rules",
            ),
            ({"rules": []}, "rules", "bad_rules"),
        ],
    )
    def test_refuses_in_user_errors_and_makes_none(self, partner, world, tea_shop, given, field, code):
        found = partner.data(CREATE, input={"name": "Twice", "rules": ONE_ORDER, **given})["segmentCreate"]

        assert found["segment"] is None
        [error] = found["userErrors"]
        assert error["code"] == code
        assert error["field"].startswith(field.rpartition(".")[0] or field)
        with tenancy.opened(tea_shop.schema_name):
            assert Segment.objects.count() == 1

    def test_is_made_once_for_a_key(self, partner, world, tea_shop):
        given = {"input": {"name": "Twice", "rules": ONE_ORDER}, "once": "partner-key-2"}

        assert partner.data(CREATE, **given) == partner.data(CREATE, **given)
        with tenancy.opened(tea_shop.schema_name):
            assert Segment.objects.filter(name="Twice").count() == 1


class TestReadOnlyWorkspace:
    def test_is_read_and_not_changed(self, partner, world, tea_shop):
        from regulars.tenants.models import Tenant

        with tenancy.shared():
            Tenant.objects.filter(pk=tea_shop.pk).update(access="read_only")
        keys.forget()

        assert partner.data("{ customers(first: 1) { totalCount } }")["customers"]["totalCount"] == 3
        assert partner.refused(UPDATE, input={"id": world.customer, "city": "Riga"}) == "read_only"


def test_a_key_remembers_its_own_scopes(tea_shop):
    with tenancy.opened(tea_shop.schema_name):
        key = keys.make(name="Old", at=timezone.now(), scopes=["customers:read", "orders:read"])

    assert keys.resolve(key, at=timezone.now()).scopes == {"customers:read", "orders:read"}
