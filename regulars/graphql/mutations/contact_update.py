"""``contactUpdate``: what staff may write about a customer, written by a program."""

from uuid import UUID

import graphene

from regulars.crm_core.customers import contacts
from regulars.graphql import node_ids
from regulars.graphql.mutations.mutation import Mutation, Said, payload
from regulars.graphql.types.customers import Customer
from regulars.graphql.work import Work

BLAMED = {
    contacts.NoAddress.code: "email",
    contacts.AddressTaken.code: "email",
    contacts.BadWord.code: "countryCode",
    contacts.UnknownContact.code: "id",
    node_ids.BadId.code: "id",
}


class ContactUpdateInput(graphene.InputObjectType):
    """Only the fields that are given change; from then on no shop overwrites them."""

    id = graphene.ID(required=True)
    email = graphene.String()
    first_name = graphene.String()
    last_name = graphene.String()
    name = graphene.String(description="Follows first and last name unless it is given.")
    phone = graphene.String()
    company = graphene.String()
    city = graphene.String()
    region = graphene.String()
    country_code = graphene.String(description="ISO 3166-1 alpha-2")


def change(work: Work, said: Said) -> UUID:
    _type, key = node_ids.opened(said["id"], of="Customer")
    words = {name: value or "" for name, value in said.items() if name != "id"}
    return contacts.describe(contact=key, words=words, at=work.at).pk


contact_update = Mutation(
    payload("ContactUpdatePayload", Customer, "customer"),
    given=ContactUpdateInput,
    of=Customer,
    under="customer",
    scope="customers:write",
    change=change,
    blamed=lambda refused: BLAMED.get(refused.code),
    required=True,
    description="Change what is written down about a customer.",
)
