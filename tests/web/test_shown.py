"""Filters and tags of the templates."""

from decimal import Decimal

import pytest
from django.template import Context, engines
from django.test import RequestFactory
from django.utils import translation
from django_cotton.compiler_regex import CottonCompiler

from regulars.platform.money import Money
from regulars.web.templatetags import shown


def rendered(source, request=None, **context):
    compiled = CottonCompiler().process(source)
    return engines["django"].engine.from_string(compiled).render(Context({"request": request, **context}))


class TestInitials:
    @pytest.mark.parametrize(
        ("name", "letters"),
        [
            ("Maya Okafor", "MO"),
            ("maya", "M"),
            ("Anna Maria de la Cruz", "AC"),
            ("李佳怡", "佳怡"),
            ("李 佳怡", "佳怡"),
            ("欧阳娜娜", "娜娜"),
            ("", "?"),
            ("  ", "?"),
            ("@ !", "?"),
        ],
    )
    def test_takes_two_at_most(self, name, letters):
        assert shown.initials(name) == letters


class TestHue:
    def test_is_always_the_same_for_the_same_key(self):
        assert shown.hue("maya@example.com") == shown.hue("maya@example.com")

    def test_uses_all_eight(self):
        assert {shown.hue(number) for number in range(200)} == set(shown.HUES)


class TestMoney:
    def test_takes_the_currency_from_money_itself(self):
        with translation.override("en"):
            assert shown.money(Money(Decimal("3.5"), "EUR")) == "€3.50"
            assert shown.money(Decimal("3.5"), "USD") == "$3.50"

    def test_shows_a_dash_for_what_is_not_known(self):
        assert shown.money(None, "USD") == shown.number(None) == shown.ago(None) == "—"


class TestTheme:
    @pytest.mark.parametrize(
        ("cookie", "attribute"), [("dark", 'data-theme="dark"'), ("light", 'data-theme="light"')]
    )
    def test_comes_from_the_cookie(self, cookie, attribute):
        request = RequestFactory().get("/")
        request.COOKIES["theme"] = cookie

        assert rendered("{% theme %}", request) == attribute

    def test_lets_the_system_decide_when_the_cookie_says_anything_else(self):
        request = RequestFactory().get("/")
        request.COOKIES["theme"] = '"><script>'

        assert rendered("{% theme %}", request) == ""


def test_an_icon_is_hidden_from_screen_readers():
    assert 'aria-hidden="true"' in rendered('{% icon "users" 16 %}')


def test_text_of_users_is_escaped_in_components():
    html = rendered('<c-avatar name="{{ name }}" /><c-chip>{{ name }}</c-chip>', name="<b>x</b>")

    assert "&lt;b&gt;x&lt;/b&gt;" in html
    assert "chip" in html
    assert "<b>" not in html
