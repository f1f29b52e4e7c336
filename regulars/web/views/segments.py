"""The list of segments, a segment with its members, and taking one off the list."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from regulars.crm_core.insight import listing, segments, starters
from regulars.crm_core.insight.models import Segment
from regulars.integrations.email.models import Campaign
from regulars.platform import errors
from regulars.web import formats, htmx, lists, toasts
from regulars.web.access import members
from regulars.web.views.customers import rows


@members
@require_safe
def index(request: htmx.Request) -> HttpResponse:
    known = segments.listed()
    campaigns = _campaigns(known)
    names = {segment.name.casefold() for segment in known}
    shown = [{"segment": each, **_told(each), "campaigns": campaigns[each.pk]} for each in known]
    offered = [
        {"key": key, "starter": starter, "sentence": segments.sentence(starter.rules)}
        for key, starter in starters.STARTERS.items()
        if str(starter.name).casefold() not in names
    ]
    return render(request, "segments/index.html", {"segments": shown, "starters": offered})


@members
@require_POST
def take_over(request: htmx.Request) -> HttpResponse:
    """Make the segment of a suggestion."""
    try:
        made = starters.take_over(
            key=request.POST.get("starter", ""), at=timezone.now(), actor_id=request.person.pk
        )
    except segments.SegmentNameTaken as refused:
        toasts.warn(request, message=str(refused))
        return redirect("segments:index")
    toasts.say(
        request,
        message=_("“%(name)s” is made.") % {"name": made.name},
        undo=reverse("segments:remove", args=[made.pk]),
    )
    return redirect("segments:show", made.pk)


@members
@require_safe
def show(request: htmx.Request, segment_id: UUID) -> HttpResponse:
    segment = segments.found(segment_id)
    told = _told(segment)
    page_shown: dict[str, Any] = {"segment": segment, **told, "campaigns": _campaigns([segment])[segment.pk]}
    if not told["problem"]:
        page = listing.among(
            segments.members(segment.rules, at=timezone.now()),
            name=f"{segment.pk}|{segment.version}",
            cursor=request.GET.get("cursor") or None,
            size=lists.ROWS_PER_PAGE,
        )
        page_shown["page"] = {"rows": rows(page.rows, currency=request.tenant.currency)}
        page_shown.update(lists.pager(request, page))
    return render(request, "segments/show.html", page_shown)


@members
@require_POST
def remove(request: htmx.Request, segment_id: UUID) -> HttpResponse:
    removed = segments.remove(segment_id=segment_id, at=timezone.now(), actor_id=request.person.pk)
    toasts.say(
        request,
        message=_("“%(name)s” is removed.") % {"name": removed.name},
        undo=reverse("segments:restore", args=[removed.pk]),
    )
    return redirect("segments:index")


@members
@require_POST
def restore(request: htmx.Request, segment_id: UUID) -> HttpResponse:
    try:
        segments.restore(segment_id=segment_id, at=timezone.now(), actor_id=request.person.pk)
    except segments.SegmentNameTaken as refused:
        toasts.warn(request, message=str(refused))
        return redirect("segments:index")
    return redirect("segments:show", segment_id)


def counted(number: int) -> str:
    """ "417 customers"."""
    said = ngettext("%(count)s customer", "%(count)s customers", number)
    return said % {"count": formats.number(number)}


def _told(segment: Segment) -> dict[str, Any]:
    """Its rules in words, and how many it means now or why nobody can say."""
    told = {"sentence": segments.sentence(segment.rules), "number": None, "count": "", "problem": ""}
    try:
        number = segments.count(segment.rules, at=timezone.now())
    except errors.Refused:
        problems = segments.problems(segment.rules)
        return {**told, "problem": problems[0] if problems else _("Edit the segment.")}
    return {**told, "number": number, "count": counted(number)}


def _campaigns(known: Iterable[Segment]) -> dict[UUID, list[Campaign]]:
    """Who mails to each of them, the newest first."""
    found: dict[UUID, list[Campaign]] = {segment.pk: [] for segment in known}
    used = Campaign.objects.filter(segment__in=list(found), removed_at=None)
    for campaign in used.only("name", "state", "segment_id").order_by("-made_at", "-pk"):
        if campaign.segment_id is not None:
            found[campaign.segment_id].append(campaign)
    return found
