"""API keys on their own page: chosen scopes, an end, shown once, revoked."""

from datetime import timedelta

import pytest
from django.utils import timezone

from regulars.tenants import keys
from regulars.tenants.models import ApiKey, Person
from regulars.web.forms.keys import SCOPES
from tests.web.conftest import signed_in, words

PAGE = "/settings/keys/"
MAKE = "/settings/keys/make/"


def said(**more):
    return {"name": "Bookkeeping", "scopes": ["customers:read", "orders:read"], "days": "90", **more}


class TestKeys:
    def test_are_shown_once_work_and_are_revoked(self, staff, django_capture_on_commit_callbacks):
        staff.post(MAKE, said())
        shown = staff.get(PAGE)
        key = shown.context["new_key"]

        assert key in words(shown)
        assert key not in words(staff.get(PAGE))
        bearer = {"authorization": f"Bearer {key}"}
        assert staff.get("/api/v1/customers", headers=bearer).status_code == 200
        assert "last used: never" not in words(staff.get(PAGE))

        revoked = ApiKey.objects.get(name="Bookkeeping")
        with django_capture_on_commit_callbacks(execute=True):
            staff.post(f"{PAGE}{revoked.pk}/revoke/")
        assert staff.get("/api/v1/customers", headers=bearer).status_code == 401
        assert "Revoked" in words(staff.get(PAGE))

    def test_may_do_what_was_chosen_for_as_long_as_was_chosen(self, staff):
        staff.post(MAKE, said())

        row = ApiKey.objects.get(name="Bookkeeping")
        assert row.scopes == ["customers:read", "orders:read"]
        assert timedelta(days=89) < row.expires_at - timezone.now() <= timedelta(days=90)

    def test_may_be_without_an_end(self, staff):
        staff.post(MAKE, said(days="0", scopes=list(keys.SCOPES)))

        row = ApiKey.objects.get(name="Bookkeeping")
        assert (row.expires_at, row.scopes) == (None, sorted(keys.SCOPES))

    @pytest.mark.parametrize(
        "wrong", [{"name": ""}, {"scopes": []}, {"scopes": ["world:rule"]}, {"days": "7"}]
    )
    def test_refuse_what_cannot_be(self, staff, wrong):
        answer = staff.post(MAKE, said(**wrong))

        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == list(wrong)
        assert not ApiKey.objects.exists()

    def test_of_another_tenant_are_not_there(self, staff, book_shop):
        person = Person.objects.get(email="owner@bookshop.example")
        signed_in(person, book_shop).post(MAKE, said(name="Theirs"))
        theirs = ApiKey.objects.get(name="Theirs")

        assert "Theirs" not in words(staff.get(PAGE))
        assert staff.post(f"{PAGE}{theirs.pk}/revoke/").status_code == 404
        assert ApiKey.objects.get(pk=theirs.pk).revoked_at is None

    def test_are_seen_by_everybody_and_made_by_owners(self, staff, helper):
        staff.post(MAKE, said())

        assert "Bookkeeping" in words(helper.get(PAGE))
        assert 'action="/settings/keys/' not in words(helper.get(PAGE))
        assert helper.post(MAKE, said(name="Mine")).status_code == 403


def test_every_scope_has_words():
    assert set(SCOPES) == set(keys.SCOPES)
