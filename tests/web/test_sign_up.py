import re

import pytest
from django.core import mail
from django.test import Client, override_settings
from django.utils import timezone

from regulars.tenants import provisioning
from regulars.tenants.models import Handover, Membership, Person, SignUp, Tenant

pytestmark = pytest.mark.django_db
NEW = {
    "company": "Oak & Ember",
    "email": "Jo@Oak-Ember.example",
    "password": "long enough words",
    "currency": "GBP",
    "time_zone": "Europe/London",
}
SIGN_IN = {"email": "owner@teashop.example", "password": "correct horse battery"}


def follow(answer):
    """Go where the redirect leads, on the host it names."""
    host, _, path = re.fullmatch(r"http://([^/]+)(:8000)?(/.*)", answer["Location"]).groups()
    client = Client(headers={"host": host})
    return client, client.get(path)


class TestSignUp:
    def test_lands_the_owner_on_the_home_of_a_new_tenant(self, browser):
        answer = browser.post("/sign-up/", NEW)

        assert answer["Location"].startswith("http://oak-ember.localhost:8000/enter/?token=")
        client, entered = follow(answer)
        assert (entered.status_code, entered["Location"]) == (302, "/")
        assert client.get("/").status_code == 200
        made = Tenant.objects.get(slug="oak-ember")
        assert (made.name, made.currency, made.time_zone) == ("Oak & Ember", "GBP", "Europe/London")
        assert Membership.objects.get(tenant=made).person.email == "jo@oak-ember.example"

    def test_waits_for_a_schema_and_loses_nothing(self, browser):
        Tenant.objects.filter(state="spare").update(schema_version="old")

        answer = browser.post("/sign-up/", NEW)
        waiting = browser.get(answer["Location"])
        Tenant.objects.filter(state="spare").update(schema_version=provisioning.migrating.fingerprint())
        done = browser.get("/sign-up/preparing/")

        assert answer["Location"] == "/sign-up/preparing/"
        assert "Oak &amp; Ember" in waiting.content.decode()
        assert done["Location"].startswith("http://oak-ember.localhost:8000/enter/")
        assert SignUp.objects.get().tenant.slug == "oak-ember"

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"company": " "}, "This field is required"),
            ({"email": "nobody"}, "valid email"),
            ({"email": "owner@teashop.example"}, "already has an account"),
            ({"password": "short"}, "too short"),
            ({"currency": "XXXX"}, "valid choice"),
            ({"time_zone": "Mars"}, "valid choice"),
        ],
    )
    def test_says_what_is_wrong_and_makes_nothing(self, browser, changes, words):
        answer = browser.post("/sign-up/", {**NEW, **changes})

        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert not Person.objects.filter(email="jo@oak-ember.example").exists()
        assert not Tenant.objects.filter(slug="oak-ember").exists()

    def test_finds_another_address_when_the_first_is_taken(self, browser):
        answer = browser.post("/sign-up/", {**NEW, "company": "Tea Shop!"})
        again = Client(headers={"host": "localhost"}).post(
            "/sign-up/", {**NEW, "company": "teashop", "email": "other@example.com"}
        )

        assert answer["Location"].startswith("http://tea-shop.localhost:8000/")
        assert again["Location"].startswith("http://teashop-2.localhost:8000/")

    def test_gives_a_company_without_latin_letters_an_address(self, browser):
        answer = browser.post("/sign-up/", {**NEW, "company": "茶与时光"})

        assert re.match(r"http://shop-[a-z0-9]{5}\.localhost:8000/", answer["Location"])


class TestSignIn:
    def test_hands_over_to_the_workspace(self, browser):
        answer = browser.post("/sign-in/", SIGN_IN)
        client, entered = follow(answer)

        assert entered.status_code == 302
        assert client.get("/").status_code == 200

    def test_refuses_a_wrong_password_with_words(self, browser):
        answer = browser.post("/sign-in/", {**SIGN_IN, "password": "wrong"})

        assert answer.status_code == 401
        assert "not right" in answer.content.decode()
        assert not Handover.objects.exists()

    def test_offers_a_choice_to_a_member_of_several(self, browser, owner, book_shop):
        Membership.objects.create(person=owner, tenant=book_shop, role="staff", joined_at=timezone.now())

        assert browser.post("/sign-in/", SIGN_IN)["Location"] == "/workspaces/"
        assert "Book Shop" in browser.get("/workspaces/").content.decode()
        chosen = browser.post("/workspaces/", {"slug": "bookshop"})

        assert chosen["Location"].startswith("http://bookshop.localhost:8000/enter/")

    def test_does_not_hand_over_to_a_stranger(self, browser):
        browser.post("/sign-in/", SIGN_IN)

        assert browser.post("/workspaces/", {"slug": "bookshop"}).status_code == 403


class TestSession:
    def test_is_worth_nothing_on_another_tenants_host(self, browser):
        client, _ = follow(browser.post("/sign-in/", SIGN_IN))

        elsewhere = client.get("/", headers={"host": "bookshop.localhost"})

        assert elsewhere.status_code == 302
        assert elsewhere["Location"].startswith("http://localhost:8000/sign-in/")

    def test_dies_with_the_password(self, browser, owner):
        client, _ = follow(browser.post("/sign-in/", SIGN_IN))
        owner.set_password("another long password")
        owner.save()

        assert client.get("/").status_code == 302

    def test_ends_at_sign_out_with_what_the_browser_kept(self, browser):
        client, _ = follow(browser.post("/sign-in/", SIGN_IN))

        answer = client.post("/leave/")

        assert answer["Clear-Site-Data"] == '"cache", "storage"'
        assert client.get("/").status_code == 302

    def test_is_not_opened_by_a_spent_token(self, browser):
        answer = browser.post("/sign-in/", SIGN_IN)
        follow(answer)

        _, again = follow(answer)

        assert again.status_code == 403

    def test_has_a_host_only_cookie_that_scripts_cannot_read(self, browser):
        browser.post("/sign-in/", SIGN_IN)

        cookie = browser.cookies["session"]
        assert (cookie["domain"], cookie["httponly"], cookie["samesite"]) == ("", True, "Lax")


class TestHosts:
    def test_knows_no_other_host(self, db):
        answer = Client(headers={"host": "nobody.localhost"}).get("/")

        assert answer.status_code == 404

    def test_does_not_believe_a_forwarded_host(self, db):
        answer = Client(headers={"host": "nobody.localhost", "x-forwarded-host": "teashop.localhost"}).get(
            "/"
        )

        assert answer.status_code == 404

    def test_lets_the_public_hosts_forms_lead_to_tenants(self, browser):
        policy = browser.get("/sign-in/")["Content-Security-Policy"]

        assert "form-action 'self' http://*.localhost:8000" in policy
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy


class TestFindWorkspace:
    def test_mails_the_addresses_and_tells_nobody_who_is_a_member(self, browser):
        known = browser.post("/find-workspace/", {"email": "owner@teashop.example"})
        unknown = browser.post("/find-workspace/", {"email": "nobody@example.com"})

        strip = re.compile(r'(value|name)="[^"]*"|csrf\S+|"X-CSRFToken": "[^"]*"')
        assert strip.sub("", known.content.decode()) == strip.sub("", unknown.content.decode())
        (sent,) = mail.outbox
        assert sent.to == ["owner@teashop.example"]
        assert "http://teashop.localhost:8000/" in sent.body


class TestHealth:
    def test_says_alive_ready_and_what_it_does_on_any_host(self, db):
        client = Client(headers={"host": "whatever"})

        assert client.get("/livez").content == b"ok\n"
        assert client.get("/readyz").json() == {"database": True, "migrations": True}
        assert b"regulars_requests_total" in client.get("/metrics").content

    def test_keeps_metrics_from_the_outside(self, db):
        far = {"REMOTE_ADDR": "203.0.113.5"}

        assert Client().get("/metrics", **far).status_code == 403
        with override_settings(METRICS_TOKEN="told"):
            assert (
                Client().get("/metrics", **far, headers={"authorization": "Bearer told"}).status_code == 200
            )
            assert Client().get("/metrics", **far, headers={"authorization": "Bearer no"}).status_code == 403

    def test_does_not_take_a_proxys_word_for_loopback(self, db):
        assert Client().get("/metrics", headers={"x-forwarded-for": "203.0.113.5"}).status_code == 403
