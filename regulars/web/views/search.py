"""The palette: customers, orders and pages, found while somebody types; a page without a script."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from regulars.crm_core.commerce.models import Order
from regulars.crm_core.insight import lookup
from regulars.tenants.models import Role
from regulars.web import formats, htmx, lists, words
from regulars.web.access import members

CUSTOMERS_AT_MOST = 6
ORDERS_AT_MOST = 4
PAGES_AT_MOST = 4
LOOKS_LIKE_A_NUMBER = re.compile(r"#?[\w./-]*\d[\w./-]*")


@dataclass(frozen=True)
class Page:
    """A place to go. ``others``: more words that people look for it by."""

    icon: str
    title: str | Promise
    others: str | Promise
    name: str
    fragment: str = ""
    is_for_owners: bool = False


PAGES = (
    Page("layout-dashboard", _l("Home"), _l("dashboard figures"), "home:index"),
    Page("users", _l("Customers"), _l("people contacts"), "customers:index"),
    Page("user-plus", _l("Add customer"), _l("new person"), "customers:new"),
    Page("shopping-bag", _l("Orders"), _l("sales"), "orders:index"),
    Page("users-round", _l("Segments"), _l("groups rules audience"), "segments:index"),
    Page("send", _l("Campaigns"), _l("mail newsletter e-mail"), "campaigns:index"),
    Page("mail-plus", _l("New campaign"), _l("write mail newsletter"), "campaigns:new"),
    Page("store", _l("Shops"), _l("connections webhooks"), "shops:index"),
    Page("plug", _l("Connect a shop"), _l("WooCommerce add"), "shops:new", is_for_owners=True),
    Page("settings", _l("Settings"), _l("workspace"), "settings:index"),
    Page("mail", _l("E-mail settings"), _l("sender domain DKIM"), "email_settings:index"),
    Page("credit-card", _l("Billing"), _l("plan invoices card"), "billing:index"),
    Page("percent", _l("Estimated margin"), _l("profit cost"), "settings:index", "figures"),
    Page("coins", _l("Exchange rates"), _l("currency"), "settings:index", "rates"),
    Page("key-round", _l("API keys"), _l("token program"), "keys:index"),
    Page("user", _l("My account"), _l("name language password"), "settings:index", "account"),
)


@members
@require_safe
@vary_on_headers("HX-Request")
def palette(request: htmx.Request) -> HttpResponse:
    wanted = lists.words(request)
    groups = [
        {"title": title, "hits": hits}
        for title, hits in (
            (_("Customers"), _customers(request, wanted)),
            (_("Orders"), _orders(wanted)),
            (_("Pages"), _pages(request, wanted)),
        )
        if hits
    ]
    template = "search/found.html" if htmx.wants_part(request) else "search/palette.html"
    return render(request, template, {"words": wanted, "groups": groups})


def _customers(request: htmx.Request, wanted: str) -> list[dict[str, Any]]:
    callers = lookup.calling(phone=wanted, limit=CUSTOMERS_AT_MOST)
    named = lookup.named(words=wanted, limit=CUSTOMERS_AT_MOST - len(callers))
    known = {hit.id for hit in callers}
    return [
        {
            "href": reverse("customers:show", args=[hit.id]),
            "name": hit.name or hit.email or "?",
            "key": hit.id,
            "words": marked(hit.name or hit.email or _("Without a name"), wanted),
            "caption": hit.phone if hit.id in known else hit.email,
            "value": formats.money(hit.total_spent, request.tenant.currency),
        }
        for hit in [*callers, *(hit for hit in named if hit.id not in known)]
    ]


def _orders(wanted: str) -> list[dict[str, Any]]:
    number = wanted.removeprefix("#").strip()
    if not LOOKS_LIKE_A_NUMBER.fullmatch(wanted):
        return []
    rows = Order.objects.filter(number=number, gone_at=None).select_related("contact")
    return [
        {
            "href": reverse("orders:show", args=[order.pk]),
            "icon": "shopping-bag",
            "words": marked(_("Order %(number)s") % {"number": words.number(order.number)}, number),
            "caption": order.buyer_name or order.email or words.status(order.status).text,
            "value": formats.money(order.total, order.currency),
        }
        for order in rows.order_by("-ordered_at", "-pk")[:ORDERS_AT_MOST]
    ]


def _pages(request: htmx.Request, wanted: str) -> list[dict[str, Any]]:
    is_owner = request.membership.role == Role.OWNER
    return list(_matching_pages(wanted.lower(), is_owner=is_owner))[:PAGES_AT_MOST]


def _matching_pages(wanted: str, *, is_owner: bool) -> Iterator[dict[str, Any]]:
    if not wanted:
        return
    for page in PAGES:
        title = str(page.title)
        beginnings = f"{title} {page.others}".lower().split()
        is_hit = wanted in title.lower() or any(word.startswith(wanted) for word in beginnings)
        if is_hit and (is_owner or not page.is_for_owners):
            href = reverse(page.name) + (f"#{page.fragment}" if page.fragment else "")
            yield {"href": href, "icon": page.icon, "words": marked(title, wanted)}


def marked(text: str, wanted: str) -> SafeString:
    """``text`` with the words asked for in <mark>: beginnings of words where there are any."""
    asked = [re.escape(word) for word in wanted.split()]
    if not asked:
        return format_html("{}", text)
    either = "|".join(sorted(asked, key=len, reverse=True))
    beginnings = re.compile(rf"(?<!\w)({either})", re.IGNORECASE)
    pattern = beginnings if beginnings.search(text) else re.compile(f"({either})", re.IGNORECASE)
    parts = pattern.split(text)  # every second part is a hit
    pairs = ((part, hit) for part, hit in zip(parts[::2], [*parts[1::2], ""], strict=True))
    return format_html_join(
        "", "{}{}", ((p, format_html("<mark>{}</mark>", h) if h else "") for p, h in pairs)
    )
