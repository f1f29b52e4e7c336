"""The list of campaigns, a new one, a copy, and taking one off the list."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from regulars.crm_core.insight import segments
from regulars.integrations.email import campaigns, overview
from regulars.integrations.email.models import Campaign, CampaignState
from regulars.platform import errors
from regulars.tenants import workspaces
from regulars.web import campaign_words, drafts, formats, htmx, lists, toasts
from regulars.web.access import members


@members
@require_safe
def index(request: htmx.Request) -> HttpResponse:
    page = campaigns.listed(cursor=request.GET.get("cursor") or None, size=lists.ROWS_PER_PAGE)
    rows = _rows(page.rows, currency=request.tenant.currency)
    shown: dict[str, Any] = {"rows": rows, "sentence": _sentence(page.rows), **lists.pager(request, page)}
    if not rows:
        shown["has_segments"] = bool(segments.listed())
    return render(request, "campaigns/index.html", shown)


@members
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: htmx.Request) -> HttpResponse:
    """A name and whom it is for; then it is written."""
    given = request.POST if request.method == "POST" else request.GET
    chosen, problem = drafts.as_id(given.get("segment", "")), ""
    if request.method == "POST":
        try:
            made = campaigns.make(
                name=given.get("name", ""),
                segment_id=chosen,
                blocks=_beginning(),
                at=timezone.now(),
                actor_id=request.person.pk,
            )
        except errors.Invalid as refused:
            problem = str(refused)
        else:
            return redirect("campaigns:edit", made.pk)
    page = {
        "name": given.get("name", ""),
        "segments": segments.listed(),
        "chosen": chosen,
        "problem": problem,
    }
    return render(request, "campaigns/new.html", page, status=422 if problem else 200)


@members
@require_POST
def copy(request: htmx.Request, campaign_id: UUID) -> HttpResponse:
    made = campaigns.copy(campaign_id=campaign_id, at=timezone.now(), actor_id=request.person.pk)
    toasts.say(request, message=_("This is the copy. Nothing of it was sent."))
    return redirect("campaigns:edit", made.pk)


@members
@require_POST
def remove(request: htmx.Request, campaign_id: UUID) -> HttpResponse:
    try:
        gone = campaigns.remove(campaign_id=campaign_id, at=timezone.now(), actor_id=request.person.pk)
    except campaigns.StillUnderWay as refused:
        toasts.warn(request, message=str(refused))
        return redirect("campaigns:show", campaign_id)
    undo = reverse("campaigns:restore", args=[gone.pk])
    toasts.say(request, message=_("“%(name)s” is removed.") % {"name": gone.name}, undo=undo)
    return redirect("campaigns:index")


@members
@require_POST
def restore(request: htmx.Request, campaign_id: UUID) -> HttpResponse:
    back = campaigns.restore(campaign_id=campaign_id, at=timezone.now(), actor_id=request.person.pk)
    toasts.say(request, message=_("“%(name)s” is back.") % {"name": back.name})
    return redirect("campaigns:index")


def _rows(found: list[Campaign], *, currency: str) -> list[dict[str, Any]]:
    launched = [each.pk for each in found if each.state != CampaignState.DRAFT]
    totals = overview.of(campaign_ids=launched)
    rows = []
    for each in found:
        total = totals.get(each.pk)
        moment = each.launched_at or each.changed_at
        row = {
            "id": each.pk,
            "href": reverse("campaigns:show", args=[each.pk]),
            "name": each.name,
            "subject": each.subject,
            "state": campaign_words.state(each.state),
            "audience": each.segment.name if each.segment else "",
            "moment": moment,
            "is_draft": each.state == CampaignState.DRAFT,
        }
        if total is not None:
            row |= {
                "sent": formats.number(total.sent),
                "opened": _share(total.opened, total.sent),
                "clicked": _share(total.clicked, total.sent),
                "revenue": formats.money(total.revenue, currency) if total.revenue else "",
            }
        rows.append(row)
    return rows


def _share(part: int, whole: int) -> str:
    return formats.percent(part / whole) if whole else "\N{EM DASH}"


def _sentence(found: list[Campaign]) -> str:
    under_way = sum(1 for each in found if each.state == CampaignState.SENDING)
    if under_way:
        said = ngettext("%(count)s campaign is being sent.", "%(count)s campaigns are being sent.", under_way)
        return said % {"count": under_way}
    drafted = sum(1 for each in found if each.state == CampaignState.DRAFT)
    if drafted:
        said = ngettext("%(count)s draft waits for you.", "%(count)s drafts wait for you.", drafted)
        return said % {"count": drafted}
    return _("Mail to the customers you mean, and what came of it.")


def _beginning() -> list[drafts.Block]:
    """What a new mail starts with, in the language of its readers."""
    with translation.override(workspaces.language()):
        greeting = _("Hello %(name)s,") % {"name": "{{ first_name|" + _("there") + " }}"}
    return [{"kind": "text", "markdown": greeting + "\n\n"}]
