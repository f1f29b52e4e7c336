"""Every view of every site says who may see it; and what it says is kept."""

import pytest
from django.test import Client
from django.urls import get_resolver

from regulars.web import access

STANDINS = {
    "slug": "a-name",
    "uuid": "0190a5c0-0000-7000-8000-00000000a001",
    "int": "1",
    "str": "word",
}
OWNERS = {
    "billing:checkout",
    "billing:portal",
    "campaigns:cancel",
    "campaigns:launch",
    "campaigns:pause",
    "campaigns:resume",
    "campaigns:settle",
    "customers:export",
    "email_settings:add",
    "email_settings:check",
    "email_settings:remove",
    "email_settings:sender",
    "keys:make",
    "keys:revoke",
    "settings:margin",
    "settings:rate",
    "settings:workspace",
    "shops:change_secret",
    "shops:disconnect",
    "shops:new",
    "shops:replay",
}


def views(urlconf):
    """(name, pattern's converters, view) of our own views, whatever is included."""
    found = []

    def walk(patterns, prefix, path):
        for pattern in patterns:
            here = path + str(pattern.pattern)
            if hasattr(pattern, "url_patterns"):
                walk(pattern.url_patterns, (*prefix, pattern.namespace), here)
            elif pattern.callback.__module__.startswith("regulars.web"):
                found.append((":".join(filter(None, (*prefix, pattern.name))), here, pattern.callback))

    walk(get_resolver(urlconf).url_patterns, (), "")
    return found


TENANT, PUBLIC = views("regulars.urls_tenant"), views("regulars.urls_public")


def address(path):
    for kind, value in STANDINS.items():
        while f"<{kind}:" in path:
            before, _, rest = path.partition(f"<{kind}:")
            path = before + value + rest.partition(">")[2]
    return f"/{path}"


def guarded(word):
    return [pytest.param(path, id=name) for name, path, view in TENANT if access.of(view) == word]


@pytest.mark.parametrize(("name", "view"), [(name, view) for name, _path, view in (*TENANT, *PUBLIC)])
def test_every_view_says_who_may_see_it(name, view):
    assert access.of(view) in {"everybody", "members", "owners"}, name


def test_the_list_of_views_is_not_empty():
    assert len(TENANT) > 30


def test_what_owners_alone_do_is_this_and_no_less():
    """A view that opens to more people than before has to be taken off this list by hand."""
    theirs = {name for name, _path, view in TENANT if access.of(view) == "owners"}
    assert OWNERS - theirs == set()


@pytest.mark.django_db
@pytest.mark.parametrize("path", [*guarded("members"), *guarded("owners")])
class TestStranger:
    def test_is_led_to_the_sign_in_of_the_public_host(self, path):
        client = Client(headers={"host": "teashop.localhost"})

        for answer in (client.get(address(path)), client.post(address(path))):
            assert answer.status_code == 302
            assert answer["Location"].startswith("http://localhost:8000/sign-in/?next=teashop")

    def test_leaves_the_whole_page_when_a_part_was_asked_for(self, path):
        client = Client(headers={"host": "teashop.localhost", "hx-request": "true"})

        answer = client.get(address(path))

        assert answer.headers["HX-Redirect"].startswith("http://localhost:8000/sign-in/")


@pytest.mark.parametrize("path", guarded("owners"))
def test_what_owners_do_is_refused_to_others(helper, path):
    assert helper.get(address(path)).status_code == 403
    assert helper.post(address(path)).status_code == 403
