"""Every component on two pages of a tenant's host, for ``test_components``: URLs of the tests' own."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template import engines
from django.urls import include, path
from django.utils import timezone
from django_cotton.compiler_regex import CottonCompiler

from regulars.web import charts, formats, htmx, toasts

OTHER_AREAS = ("segments", "campaigns", "billing", "more")  # the menu leads there
SOURCES = Path(__file__).parent / "gallery_pages"
LONG = "Wolfeschlegelsteinhausenbergerdorff Alexandrina-Victoria"
NAMES = ["Fatima Zahra", "Alice Monroe", "李佳怡", LONG, "Mateo Silva"]


class NoteForm(forms.Form):
    use_required_attribute = False
    title = forms.CharField(label="Title", help_text="A few words.")
    kind = forms.ChoiceField(label="Kind", choices=[("note", "Note"), ("call", "Call")])
    words = forms.CharField(label="Words", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    is_pinned = forms.BooleanField(label="Keep on top", required=False)


def parts(request):
    """Forms, notices, charts, lists: all that is no table."""
    if request.method == "POST":
        toasts.say(request, message="Note deleted.", undo="/")
        return redirect("home:index")
    now = timezone.now()
    values = [Decimal(1500 + 37 * (n * 7 % 11)) for n in range(30)]
    chart = charts.line(
        labels=[formats.day(now - timedelta(days=29 - n), at=now) for n in range(30)],
        values=values,
        before=values[::-1],
        shown=lambda amount: formats.money(amount, "EUR"),
        scaled=lambda amount: formats.scale_money(amount, "EUR"),
    )
    return _page(
        request,
        "parts.html",
        chart=chart,
        values=values,
        now=now,
        people=_people(),
        form=NoteForm({"title": ""}),
    )


def rows(request):
    """A list with a live filter; its part carries a toast."""
    words = request.GET.get("words", "")
    found = [person for person in _people() if words.lower() in person.name.lower()]
    if htmx.wants_part(request):
        toasts.say(request, message=f"{len(found)} found")
        return _page(request, "rows_part.html", people=found)
    return _page(request, "rows.html", people=found, words=words)


def palette(request):
    words = request.GET.get("words", "")
    return _page(
        request, "hits.html", people=[person for person in _people() if words in person.name.lower()]
    )


def _people():
    return [
        SimpleNamespace(
            name=name, email=f"customer{n}@example.com", key=n, spent=Decimal("2703.37") / (n + 1)
        )
        for n, name in enumerate(NAMES)
    ]


def _page(request, name, **context):
    source = CottonCompiler().process((SOURCES / name).read_text())
    return HttpResponse(engines["django"].from_string(source).render(context, request))


def _named(name, *patterns):
    return include((list(patterns), name))


urlpatterns = [
    path("", _named("home", path("", parts, name="index"))),
    path("customers/", _named("customers", path("", rows, name="index"), path("one/", rows, name="show"))),
    path("orders/", _named("orders", path("", rows, name="index"))),
    path("shops/", _named("shops", path("", rows, name="index"))),
    *(path(f"{name}/", _named(name, path("", rows, name="index"))) for name in OTHER_AREAS),
    path("settings/", _named("settings", path("", parts, name="index"))),
    path("search/", _named("search", path("", palette, name="palette"))),
    path("preferences/", include("regulars.web.urls.preferences")),
    path("", include("regulars.web.urls.session")),
]
