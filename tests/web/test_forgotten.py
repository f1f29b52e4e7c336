"""Who forgot the password comes back by a mailed link: once, within an hour, and alone."""

import re

import pytest
from django.core import mail
from django.core.cache import cache

from regulars.platform import tenancy
from regulars.tenants import accounts
from regulars.tenants.models import Person

OWNER = "owner@teashop.example"
PASSWORD = "another horse battery"


@pytest.fixture(autouse=True)
def _nobody_was_mailed():
    cache.clear()


def mailed(browser, email=OWNER):
    answer = browser.post("/forgotten/", {"email": email})
    assert answer.status_code == 200
    return answer


@pytest.fixture
def link(browser, tea_shop):
    mailed(browser)
    return re.search(r"http://localhost:8000(/new-password/\S+)", mail.outbox[0].body)[1]


def signs_in(password):
    with tenancy.shared():
        person = Person.objects.get(email=OWNER)
        return person.check_password(password)


class TestAsking:
    def test_says_the_same_to_strangers_and_mails_them_nothing(self, browser, tea_shop):
        known, unknown = mailed(browser), mailed(browser, "nobody@example.com")

        token = re.compile(rb"[A-Za-z0-9]{64}|nobody@example.com|owner@teashop.example")
        assert token.sub(b"", known.content) == token.sub(b"", unknown.content)
        assert [message.to for message in mail.outbox] == [[OWNER]]

    def test_mails_one_address_once_a_minute(self, browser, link):
        mailed(browser, " OWNER@teashop.example ")

        assert len(mail.outbox) == 1


class TestTheLink:
    def test_is_not_used_up_by_being_looked_at(self, browser, link):
        assert OWNER in browser.get(link).content.decode()
        assert browser.get(link).status_code == 200

    def test_gives_a_new_password_signs_in_and_ends_every_session(self, browser, link, staff):
        assert staff.get("/").status_code == 200

        answer = browser.post(link, {"password": PASSWORD})

        assert answer["Location"] == "/workspaces/"
        assert signs_in(PASSWORD)
        assert browser.get("/workspaces/").status_code == 200
        assert staff.get("/").status_code == 302
        assert browser.post(link, {"password": "a third horse battery"}).status_code == 404
        assert signs_in(PASSWORD)

    def test_refuses_a_weak_password_and_stays_open(self, browser, link):
        answer = browser.post(link, {"password": "short"})

        assert answer.status_code == 422
        assert not signs_in("short")
        assert browser.get(link).status_code == 200

    def test_ends_after_an_hour(self, browser, link, settings):
        settings.PASSWORD_RESET_TIMEOUT = -1

        assert browser.get(link).status_code == 404
        assert browser.post(link, {"password": PASSWORD}).status_code == 404
        assert not signs_in(PASSWORD)

    def test_of_somebody_else_opens_nothing(self, browser, link, book_shop):
        with tenancy.shared():
            other = Person.objects.get(email="owner@bookshop.example")
            mine = Person.objects.get(email=OWNER)
        forged = link.replace(mine.pk.hex, other.pk.hex)

        assert browser.post(forged, {"password": PASSWORD}).status_code == 404
        assert browser.get("/new-password/?person=zzz&token=1-2").status_code == 404
        with tenancy.shared():
            assert not accounts.check_password(PASSWORD, Person.objects.get(pk=other.pk).password)
