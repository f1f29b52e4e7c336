"""What is kept outside a tenant's schema and comes back later: caches, sessions, links in mails."""

import pytest
from django.test import Client
from django.utils import timezone

from regulars.crm_core.commerce import rates
from regulars.integrations.email.tokens import Maker, Purpose
from regulars.platform import tenancy
from regulars.tenants import keys
from regulars.tenants.models import Membership, Role
from tests.web.conftest import signed_in


class TestCache:
    def test_keeps_the_currency_of_each_tenant_apart(self, tea_shop, book_shop):
        for shop, currency in ((tea_shop, "EUR"), (book_shop, "GBP"), (tea_shop, "EUR")):
            with tenancy.opened(shop.schema_name):
                assert rates.base() == currency

    def test_keeps_the_keys_of_each_tenant_apart(self, tea_shop, book_shop):
        made = {}
        for shop in (tea_shop, book_shop):
            with tenancy.opened(shop.schema_name):
                made[shop.schema_name] = keys.make(name="Partner", at=timezone.now())
        for schema, key in [*made.items(), *made.items()]:
            assert keys.resolve(key, at=timezone.now()).tenant.schema_name == schema


class TestSession:
    def test_of_a_member_of_both_opens_only_the_one_it_was_made_for(self, tea_shop, book_shop, owner):
        """A stolen cookie of one workspace is no way into the person's others, nor to the public host."""
        Membership.objects.create(person=owner, tenant=book_shop, role=Role.OWNER, joined_at=timezone.now())
        cookie = signed_in(owner, tea_shop).cookies["session"].value

        elsewhere = Client(headers={"host": "bookshop.localhost", "cookie": f"session={cookie}"}).get("/")
        public = Client(headers={"host": "localhost", "cookie": f"session={cookie}"}).get("/workspaces/")

        assert (elsewhere.status_code, elsewhere["Location"][:30]) == (302, "http://localhost:8000/sign-in/")
        assert b"Book Shop" not in public.content


class TestMailLink:
    @pytest.mark.parametrize("purpose", list(Purpose))
    def test_is_read_by_the_tenant_that_made_it_and_by_no_other(self, tea_shop, book_shop, purpose):
        """The recipients' numbers are the same in both."""
        with tenancy.opened(tea_shop.schema_name):
            token = Maker().token(purpose, recipient=1, link=1)
            assert Maker().read(purpose, token) == (1, 1)

        with tenancy.opened(book_shop.schema_name):
            assert Maker().read(purpose, token) is None
