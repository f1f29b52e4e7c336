"""What templates have without ``{% load %}``: the formats of ``web.formats``, icons, avatars, sparklines."""

import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zlib import crc32

from django import template
from django.conf import settings
from django.forms import BoundField
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from lucide import _render_icon

from regulars.platform.money import Money
from regulars.web import charts, formats

register = template.Library()

HUES = ("blue", "green", "orange", "pink", "cyan", "red", "sand", "purple")
THEMES = ("light", "dark")
WIDGET_CLASSES = {"select": "select", "textarea": "textarea", "checkbox": "check"}
NOTHING = "\N{EM DASH}"
STROKE = "1.75"
CJK_LETTERS = ("CJK UNIFIED", "HIRAGANA", "KATAKANA", "HANGUL")

Amount = Decimal | int | Money | None


@register.filter
def money(value: Amount, currency: str = "") -> str:
    """``{{ order.total|money:order.currency }}``; a Money knows its own currency. A dash for None."""
    return _worded(formats.money, value, currency)


@register.filter
def whole_money(value: Amount, currency: str = "") -> str:
    return _worded(formats.whole_money, value, currency)


@register.filter
def number(value: Decimal | int | None) -> str:
    return NOTHING if value is None else formats.number(value)


@register.filter
def percent(value: Decimal | float | None) -> str:
    return NOTHING if value is None else formats.percent(value)


@register.filter
def day(value: date | datetime | None) -> str:
    return NOTHING if value is None else formats.day(value, at=timezone.now())


@register.filter
def full_day(value: date | datetime | None) -> str:
    return NOTHING if value is None else formats.full_day(value)


@register.filter
def month(value: date | datetime | None) -> str:
    return NOTHING if value is None else formats.month(value)


@register.filter
def moment(value: datetime | None) -> str:
    return NOTHING if value is None else formats.moment(value, at=timezone.now())


@register.filter
def days(value: Decimal | int | None) -> str:
    return NOTHING if value is None else formats.days(value)


@register.filter
def ago(value: datetime | None) -> str:
    """``<time>`` that says "4 days ago" and, on hover, the exact moment. A dash for None."""
    if value is None:
        return NOTHING
    at = timezone.now()
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.isoformat(timespec="seconds"),
        formats.moment(value, at=at),
        formats.ago(value, at=at),
    )


@register.filter
def initials(name: str) -> str:
    """First letters of the first and last word; of a Chinese, Japanese or Korean name the last two signs."""
    words = [word for word in name.split() if word[0].isalnum()]
    if not words:
        return "?"
    if _is_cjk(words[-1][0]):
        return "".join(words)[-2:]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


@register.filter
def hue(key: object) -> str:
    """One of eight hues, always the same one for the same key."""
    return HUES[crc32(str(key).encode()) % len(HUES)]


@register.filter
def drawn(field: BoundField) -> SafeString:
    """The widget of a form's field in our dress; Django adds ``aria-invalid`` and ``aria-describedby``."""
    return field.as_widget(attrs={"class": WIDGET_CLASSES.get(field.widget_type, "input")})


@register.filter
def spark(values: Sequence[Decimal | int]) -> charts.Spark | None:
    return charts.spark(values)


@register.simple_tag
def icon(name: str, size: int = 18) -> SafeString:
    """``{% icon "users" %}``: a Lucide icon, inline, hidden from screen readers."""
    return _icon(name, size)


@register.simple_tag(takes_context=True)
def theme(context: template.Context) -> SafeString:
    """``data-theme`` of <html> from the cookie; nothing when the system decides."""
    request: HttpRequest | None = context.get("request")
    chosen = request.COOKIES.get("theme") if request else None
    return format_html('data-theme="{}"', chosen) if chosen in THEMES else SafeString("")


@register.simple_tag
def public_url(name: str) -> str:
    """An address of the public site, for use on a tenant's host: ``{% public_url "public:sign_in" %}``."""
    return settings.PUBLIC_ORIGIN + reverse(name, urlconf=settings.PUBLIC_URLCONF)


@lru_cache(maxsize=256)
def _icon(name: str, size: int) -> SafeString:
    drawn = _render_icon(str(name) + "", size, **{"stroke-width": STROKE, "aria-hidden": "true"})
    return mark_safe(drawn)  # noqa: S308  the library's own drawing, no text of users


def _worded(wording: Callable[[Decimal | int, str], str], value: Amount, currency: str) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, Money):
        return wording(value.amount, value.currency)
    return wording(value, currency)


def _is_cjk(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith(CJK_LETTERS)
