"""Writing a segment: the rule builder, and who it means while it is being built.

Every button of the builder submits the form, so it works without a script. With one, the buttons change the
builder alone (``?part=builder``), and typing asks who is meant by now (``?part=live``).
"""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from regulars.crm_core.commerce import products
from regulars.crm_core.insight import listing, rules, segments, wording
from regulars.crm_core.insight.models import Segment
from regulars.platform import errors
from regulars.web import htmx, segment_drafts, segment_words, toasts
from regulars.web.access import members
from regulars.web.forms.customers import countries
from regulars.web.segment_drafts import Group, Rule
from regulars.web.views.customers import rows
from regulars.web.views.segments import counted

FIRST_MEMBERS = 5
PRODUCTS_AT_MOST = 8
PARTS = {"live": "segments/edit.html#live", "builder": "segments/edit.html#builder"}
SAVE = "save"


@members
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def new(request: htmx.Request) -> HttpResponse:
    return _answer(request, None)


@members
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def edit(request: htmx.Request, segment_id: UUID) -> HttpResponse:
    return _answer(request, segments.found(segment_id))


def _answer(request: htmx.Request, segment: Segment | None) -> HttpResponse:
    if request.method != "POST":
        name, draft, notice = _read(segment)
        return _page(request, segment, name=name, draft=draft, problems={"notice": notice})
    name, draft = request.POST.get("name", ""), segment_drafts.read(request.POST)
    do = request.POST.get("do", "" if htmx.wants_part(request) else SAVE)
    if do != SAVE:
        return _page(request, segment, name=name, draft=segment_drafts.changed(draft, do), problems={})
    return _saved(request, segment, name=name, draft=draft)


def _read(segment: Segment | None) -> tuple[str, Group, str]:
    """What to start from. Rules that cannot be read any more are begun anew, and said to be."""
    if segment is None:
        return "", segment_drafts.blank(), ""
    try:
        return segment.name, segment_drafts.drawn(rules.parsed(segment.rules)), ""
    except rules.BadRules:
        return segment.name, segment_drafts.blank(), segments.problems(segment.rules)[0]


def _saved(request: htmx.Request, segment: Segment | None, *, name: str, draft: Group) -> HttpResponse:
    data, places = segment_drafts.written(draft)
    problems: dict[str, str] = {}
    try:
        saved = segments.save(
            name=name,
            rules=data,
            at=timezone.now(),
            segment_id=segment.pk if segment else None,
            version=_version(request),
            actor_id=request.person.pk,
        )
    except rules.BadRules as bad:
        segment_drafts.blame(places, bad)
        problems["notice"] = _("A rule is not whole yet: see below.")
    except (segments.BadSegmentName, segments.SegmentNameTaken) as refused:
        problems["problem_name"] = str(refused)
    except segments.StaleSegment as stale:
        return _page(request, segment, name=name, draft=draft, problems={"stale": str(stale)}, status=409)
    except errors.Refused as refused:
        problems["notice"] = str(refused)
    else:
        toasts.say(request, message=_("“%(name)s” is saved.") % {"name": saved.name})
        return redirect("segments:show", saved.pk)
    return _page(request, segment, name=name, draft=draft, problems=problems, status=422)


def _version(request: htmx.Request) -> int | None:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _page(
    request: htmx.Request,
    segment: Segment | None,
    *,
    name: str,
    draft: Group,
    problems: dict[str, str],
    status: int = 200,
) -> HttpResponse:
    version = request.POST.get("version") or (segment.version if segment else "")
    part = PARTS.get(request.GET.get("part", "")) if htmx.wants_part(request) else None
    shown = {
        "segment": segment,
        "name": name,
        "version": version,
        "draft": _drawn(draft, titles=products.titles(segment_drafts.products(draft))),
        "fields": segment_words.FIELDS,
        "countries": countries()[1:],
        "live": _live(request, draft),
        "is_beside": part == PARTS["builder"],
        **problems,
    }
    return render(request, part or "segments/edit.html", shown, status=200 if part else status)


def _live(request: htmx.Request, draft: Group) -> dict[str, Any]:
    """Who the draft means now, or what it still lacks."""
    data, _places = segment_drafts.written(draft)
    try:
        sentence = segments.sentence(rules.written(rules.parsed(data)))
        found = segments.members(data, at=timezone.now())
    except errors.Refused as refused:
        return {"lacks": str(refused)}
    number = found.count()
    first = listing.among(found, name="draft", cursor=None, size=FIRST_MEMBERS).rows
    return {
        "sentence": sentence,
        "number": number,
        "count": counted(number),
        "rows": rows(first, currency=request.tenant.currency),
    }


def _drawn(part: Group | Rule, *, titles: dict[UUID, str]) -> dict[str, Any]:
    """A part of the draft with everything its form shows."""
    if isinstance(part, Group):
        of = [_drawn(each, titles=titles) for each in part.of]
        is_root = part.path == segment_drafts.ROOT
        return {"group": part, "of": of, "matches": segment_words.MATCHES.items(), "is_root": is_root}
    drawn: dict[str, Any] = {"rule": part, "ways": segment_words.ways(part.field)}
    if part.kind == "stage":
        drawn["stages"] = wording.STAGES.items()
    if part.kind == "bought":
        drawn["products"] = _products(part, titles)
    return drawn


def _products(rule: Rule, titles: dict[UUID, str]) -> list[dict[str, Any]]:
    """The chosen product first, then what the search finds; without a search, a few to begin with."""
    chosen = [
        {"id": str(pk), "title": title, "is_chosen": True}
        for pk, title in titles.items()
        if str(pk) == rule.product
    ]
    if chosen and not rule.search:
        return chosen
    hits = products.found(words=rule.search, limit=PRODUCTS_AT_MOST)
    others = [{"id": str(hit.pk), "title": hit.title} for hit in hits if str(hit.pk) != rule.product]
    return [*chosen, *others]
