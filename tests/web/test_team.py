"""A colleague comes in: invited on the tenant's host, joining on the public one, gone with one click."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from regulars.platform import tenancy
from regulars.tenants import accounts
from regulars.tenants.models import Entitlement, Invitation, Membership, Person, Role

PEOPLE = "/settings/people/"
EMAIL = "kim@teashop.example"
PASSWORD = "correct horse battery"


@pytest.fixture
def link(staff):
    """The path of the mailed link."""
    staff.post(f"{PEOPLE}invite/", {"email": EMAIL, "role": "staff"})
    (sent,) = mail.outbox
    assert sent.to == [EMAIL]
    assert "Jo Marsh" in sent.subject
    return re.search(r"http://localhost:8000(/invitation/\S+)", sent.body)[1]


def member_pk():
    with tenancy.shared():
        return Membership.objects.get(person__email=EMAIL).pk


class TestInvitation:
    def test_shows_who_asks_and_joins_nobody_by_being_looked_at(self, link, browser):
        shown = browser.get(link).content.decode()

        assert "Join Tea Shop" in shown
        assert f"Jo Marsh invites {EMAIL}." in shown
        with tenancy.shared():
            assert not Person.objects.filter(email=EMAIL).exists()

    def test_makes_an_account_and_leads_in(self, link, browser):
        answer = browser.post(link, {"name": "Kim", "password": PASSWORD})

        assert answer["Location"].startswith("http://teashop.localhost:8000/enter/?token=")
        inside = Client(headers={"host": "teashop.localhost"})
        assert inside.get(answer["Location"].partition(":8000")[2])["Location"] == "/"
        assert inside.get("/customers/").status_code == 200
        assert inside.post(f"{PEOPLE}invite/", {"email": "x@y.example"}).status_code == 403
        assert browser.get(link).status_code == 404

    def test_asks_who_has_an_account_for_its_password(self, link, browser, db):
        with tenancy.shared():
            accounts.join(email=EMAIL, password=PASSWORD, name="Kim", language="en", at=timezone.now())
        refused = browser.post(link, {"password": "not the right one"})
        assert refused.status_code == 422
        with tenancy.shared():
            assert not Membership.objects.filter(person__email=EMAIL).exists()

        assert browser.post(link, {"password": PASSWORD}).status_code == 302

        with tenancy.shared():
            assert Membership.objects.get(person__email=EMAIL).role == Role.STAFF

    def test_says_so_when_the_plan_has_no_seat_left(self, link, browser):
        with tenancy.shared():
            Entitlement.objects.filter(feature="members").update(amount=1)

        answer = browser.post(link, {"name": "Kim", "password": PASSWORD})

        assert answer.status_code == 409
        assert "There is no seat left" in answer.content.decode()

    def test_that_is_withdrawn_opens_nothing(self, link, staff, browser):
        with tenancy.shared():
            waiting = Invitation.objects.get().pk
        assert EMAIL in staff.get(PEOPLE).content.decode()

        staff.post(f"{PEOPLE}invitations/{waiting}/withdraw/")

        assert browser.get(link).status_code == 404
        assert browser.post(link, {"name": "Kim", "password": PASSWORD}).status_code == 404

    @pytest.mark.parametrize("email", ["", "nonsense", "owner@teashop.example"])
    def test_is_not_made_for_no_address_or_a_member(self, staff, email):
        answer = staff.post(f"{PEOPLE}invite/", {"email": email, "role": "staff"})

        assert answer.status_code == 422
        assert answer.context["form"].errors["email"]
        assert mail.outbox == []


class TestMember:
    def test_loses_access_at_once(self, link, browser, staff):
        entering = browser.post(link, {"name": "Kim", "password": PASSWORD})["Location"]
        inside = Client(headers={"host": "teashop.localhost"})
        inside.get(entering.partition(":8000")[2])

        answer = staff.post(f"{PEOPLE}{member_pk()}/remove/")

        assert answer["Location"] == PEOPLE
        assert inside.get("/customers/").status_code == 302

    def test_becomes_an_owner(self, link, browser, staff):
        browser.post(link, {"name": "Kim", "password": PASSWORD})
        page = f"{PEOPLE}{member_pk()}/"
        assert "Remove from this workspace" in staff.get(page).content.decode()

        staff.post(page, {"role": "owner"})

        with tenancy.shared():
            assert Membership.objects.get(person__email=EMAIL).role == Role.OWNER

    def test_who_is_the_last_owner_stays_one(self, staff, owner):
        with tenancy.shared():
            pk = Membership.objects.get(person=owner).pk

        assert staff.post(f"{PEOPLE}{pk}/", {"role": "staff"}).status_code == 422
        assert staff.post(f"{PEOPLE}{pk}/remove/")["Location"] == f"{PEOPLE}{pk}/"

        with tenancy.shared():
            assert Membership.objects.get(pk=pk).role == Role.OWNER
