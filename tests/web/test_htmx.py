"""Page or part, and leaving a page from within a part."""

import pytest
from django.test import RequestFactory
from django_htmx.middleware import HtmxDetails

from regulars.web import htmx


@pytest.fixture
def asked():
    def ask(**headers):
        request = RequestFactory().get("/", headers=headers)
        request.htmx = HtmxDetails(request)
        return request

    return ask


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"HX-Request": "true", "HX-Boosted": "true"},
        {"HX-Request": "true", "HX-History-Restore-Request": "true"},
    ],
)
def test_a_visit_a_boosted_link_and_the_back_button_get_the_page(asked, headers):
    assert htmx.template(asked(**headers), page="a.html", part="rows") == "a.html"


def test_a_swap_gets_the_part(asked):
    assert htmx.template(asked(**{"HX-Request": "true"}), page="a.html", part="rows") == "a.html#rows"


def test_a_request_without_the_middleware_gets_the_page():
    assert htmx.wants_part(RequestFactory().get("/", headers={"HX-Request": "true"})) is False


def test_leaving_moves_the_whole_browser(asked):
    assert htmx.leave(asked(), to="/in/").headers["Location"] == "/in/"
    assert htmx.leave(asked(**{"HX-Request": "true"}), to="/in/").headers["HX-Redirect"] == "/in/"
