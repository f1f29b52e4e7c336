"""Where else to go: the places that the bar at the foot of a phone has no room for."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from regulars.web import htmx
from regulars.web.access import members


@members
@require_safe
def index(request: htmx.Request) -> HttpResponse:
    places = [
        ("users-round", _("Segments"), _("Whom you mean, in rules"), "segments:index"),
        ("store", _("Shops"), _("Where your orders come from"), "shops:index"),
        ("credit-card", _("Billing"), _("Your plan, what you use of it, your bills"), "billing:index"),
        (
            "mail",
            _("E-mail settings"),
            _("Your sender, its domain and the foot of each mail"),
            "email_settings:index",
        ),
        ("settings", _("Settings"), _("Workspace, figures, people, API keys"), "settings:index"),
    ]
    shown = [
        {"icon": icon, "title": title, "why": why, "href": reverse(name)} for icon, title, why, name in places
    ]
    return render(request, "more/index.html", {"places": shown})
