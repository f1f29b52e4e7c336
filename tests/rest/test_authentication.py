"""Who gets in: a key on the right host, for what it may do, and nothing else."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from regulars.platform import tenancy
from regulars.tenants import keys
from regulars.web.middleware import people
from tests.rest.conftest import key_for, make_customer

PATH = "/api/v1/customers"


def ask(host, path=PATH, **headers):
    return Client().get(path, headers={"host": host, **headers})


@pytest.mark.usefixtures("db")
class TestKey:
    @pytest.mark.parametrize(
        "header",
        [None, "", "Bearer", "Bearer ", "Basic cms6cms=", "Token rk_x", "rk_000000000000_x", "Bearer a b c"],
    )
    def test_is_needed(self, tea_shop, header):
        answer = ask("teashop.localhost", **({} if header is None else {"authorization": header}))

        assert answer.status_code == 401
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="regulars"')

    def test_tells_an_unknown_key_from_a_missing_one(self, tea_shop):
        unknown = ask("teashop.localhost", authorization=f"Bearer rk_{'0' * 12}_{'a' * 43}")

        assert (unknown.status_code, unknown.json()["code"]) == (401, "invalid_key")
        assert 'error="invalid_token"' in unknown.headers["WWW-Authenticate"]
        assert ask("teashop.localhost").json()["code"] == "key_missing"

    def test_may_be_written_with_any_case_of_bearer(self, partner):
        assert ask("teashop.localhost", authorization=f"bearer {partner.key}").status_code == 200

    def test_opens_nothing_once_revoked(self, partner, tea_shop, django_capture_on_commit_callbacks):
        assert partner.get(PATH).status_code == 200

        with tenancy.opened(tea_shop.schema_name), django_capture_on_commit_callbacks(execute=True):
            keys.revoke(key_id=keys.listed()[0].pk, at=timezone.now())

        assert partner.get(PATH).status_code == 401

    def test_opens_nothing_once_expired(self, tea_shop):
        key = key_for(tea_shop, expires_at=timezone.now() - timedelta(seconds=1))

        answer = ask("teashop.localhost", authorization=f"Bearer {key}")

        assert (answer.status_code, answer.json()["detail"]) == (401, "This API key has expired.")

    @pytest.mark.parametrize("name", ["key", "api_key", "access_token", "email"])
    def test_is_refused_in_a_url(self, partner, name):
        answer = partner.get(f"{PATH}?{name}={partner.key}")

        assert (answer.status_code, answer.json()["code"]) == (400, "key_in_url")
        assert partner.key.encode() not in answer.content

    def test_is_refused_in_a_url_even_alone(self, partner):
        assert ask("teashop.localhost", f"{PATH}?key={partner.key}").status_code == 400

    def test_leaves_no_cookie_and_is_not_to_be_stored(self, partner):
        answer = partner.get(PATH)

        assert not answer.cookies
        assert answer.headers["Cache-Control"] == "no-store"


class TestHost:
    def test_must_be_the_keys_own(self, partner, book_shop):
        answer = ask("bookshop.localhost", authorization=f"Bearer {partner.key}")

        assert (answer.status_code, answer.json()["code"]) == (403, "wrong_host")

    @pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1", "127.0.0.1:8000"])
    def test_may_be_the_public_one_where_the_key_names_the_tenant(
        self, partner, rival, tea_shop, book_shop, host
    ):
        with tenancy.opened(tea_shop.schema_name):
            make_customer("Tea Drinker")
        with tenancy.opened(book_shop.schema_name):
            make_customer("Book Reader")

        for asking, name in ((partner, "Tea Drinker"), (rival, "Book Reader")):
            found = ask(host, authorization=f"Bearer {asking.key}").json()["results"]
            assert [customer["name"] for customer in found] == [name]

    def test_of_nobody_answers_nothing(self, partner):
        assert ask("nobody.localhost", authorization=f"Bearer {partner.key}").status_code == 404


class TestSession:
    def test_of_a_signed_in_owner_opens_nothing(self, tea_shop, owner):
        client = Client(headers={"host": "teashop.localhost"})
        session = client.session
        session[people.PERSON], session[people.TENANT] = str(owner.pk), str(tea_shop.pk)
        session[people.PROOF] = owner.get_session_auth_hash()
        session.save()
        client.cookies["session"] = session.session_key

        assert client.get(PATH).status_code == 401


class TestScope:
    @pytest.mark.parametrize(
        ("scope", "opens", "shut"),
        [("customers:read", PATH, "/api/v1/orders"), ("orders:read", "/api/v1/orders", PATH)],
    )
    def test_is_asked_of_each_resource(self, partner, tea_shop, scope, opens, shut):
        key = key_for(tea_shop, scopes=[scope])

        assert partner.get(opens, key=key).status_code == 200
        for path in (shut, f"{shut}/018f0000-0000-7000-8000-000000000000"):
            answer = partner.get(path, key=key)
            assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")
