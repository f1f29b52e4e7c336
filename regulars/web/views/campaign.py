"""Writing a campaign, and seeing it as its readers will. Works without a script; htmx spares the reloads."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from regulars.crm_core.insight import segments
from regulars.integrations.email import campaigns, testing
from regulars.integrations.email.letters import message
from regulars.integrations.email.letters.letter import Letter
from regulars.integrations.email.models import Campaign, CampaignState
from regulars.platform import errors
from regulars.web import csp, drafts, htmx, toasts, writing
from regulars.web.access import members

# The frame shows what was written in it, and nothing of it may act: no script, no form, no way out.
LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; font-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox"
)
ENDS = ("save", "check", "test", "copy")  # buttons that keep what was written; the others only change it


@members
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def edit(request: htmx.Request, campaign_id: UUID) -> HttpResponse:
    campaign = campaigns.found(campaign_id)
    if request.method != "POST":
        if campaign.state != CampaignState.DRAFT:
            return redirect("campaigns:show", campaign_id)
        draft = drafts.of(campaign)
        return render(request, "campaigns/edit.html", writing.page(request, campaign, draft))
    draft, do = drafts.read(request.POST), request.POST.get("do", "save")
    if do in ENDS:
        return _kept(request, campaign, draft, do)
    draft, place = drafts.changed(draft, do)
    page = writing.page(request, campaign, draft, place=place) | {"is_unsaved": True}
    page |= {"is_part": htmx.wants_part(request), "is_look": do == "preview"}
    return render(request, _template(request, do), page)


@members
@require_safe
def audience(request: htmx.Request) -> HttpResponse:
    """How many belong to the segment that is being chosen."""
    wanted = drafts.as_id(request.GET.get("segment", ""))
    segment = segments.found(wanted) if wanted else None
    return render(request, "campaigns/edit.html#audience", {"audience": writing.audience(segment)})


@members
@never_cache
@require_safe
def letter(request: htmx.Request, campaign_id: UUID) -> HttpResponse:
    """The mail alone, for a frame of our own pages: as launched, as being written, or as saved."""
    campaign = campaigns.found(campaign_id)
    try:
        if campaign.letter:
            shown = Letter.from_json(campaign.letter)
        else:
            shown = writing.letter_of(writing.kept(request, campaign))
        html = message.preview(shown, values=writing.values(request.person))
    except errors.Invalid as bad:
        html = format_html("<!DOCTYPE html><p>{}</p>", str(bad))
    return HttpResponse(html, headers={csp.HEADER: LETTER_POLICY, "X-Frame-Options": "SAMEORIGIN"})


def _template(request: htmx.Request, do: str) -> str:
    """The part that the button's answer replaces."""
    part = "look" if do == "preview" else "blocks"
    return htmx.template(request, page="campaigns/edit.html", part=part)


def _kept(request: htmx.Request, campaign: Campaign, draft: drafts.Draft, do: str) -> HttpResponse:
    if do == "copy":
        return _kept_as_another(request, campaign, draft)
    try:
        saved = campaigns.save(campaign_id=campaign.pk, version=draft.version, **_words(request, draft))
    except (campaigns.StaleCampaign, campaigns.NotADraft) as refused:
        return _conflict(request, campaign, draft, refused)
    except errors.Invalid as refused:
        return _refused(request, campaign, draft, refused)
    if do == "check":
        return redirect("campaigns:check", saved.pk)
    if do == "test":
        return _tested(request, saved)
    toasts.say(request, message=_("Saved."))
    return redirect("campaigns:edit", saved.pk)


def _tested(request: htmx.Request, saved: Campaign) -> HttpResponse:
    person = request.person
    try:
        testing.send_test(
            campaign_id=saved.pk, person_email=person.email, person_name=person.name, at=timezone.now()
        )
    except errors.Refused as refused:
        toasts.warn(request, message=str(refused))
    else:
        toasts.say(request, message=_("A test is on its way to %(email)s.") % {"email": person.email})
    return redirect("campaigns:edit", saved.pk)


def _kept_as_another(request: htmx.Request, campaign: Campaign, draft: drafts.Draft) -> HttpResponse:
    """What was written, as a campaign of its own beside the one that somebody else changed."""
    words = _words(request, draft)
    subject, preview_text = words.pop("subject"), words.pop("preview_text")
    try:
        made = campaigns.make(**words)
        campaigns.save(
            campaign_id=made.pk, version=made.version, subject=subject, preview_text=preview_text, **words
        )
    except errors.Invalid as refused:
        return _refused(request, campaign, draft, refused)
    toasts.say(request, message=_("Saved as a campaign of its own."))
    return redirect("campaigns:edit", made.pk)


def _conflict(
    request: htmx.Request, campaign: Campaign, draft: drafts.Draft, refused: errors.Refused
) -> HttpResponse:
    theirs = campaigns.found(campaign.pk)
    page = writing.page(request, theirs, draft) | {
        "is_unsaved": True,
        "conflict": str(refused),
        "sides": writing.sides(theirs, draft),
        "is_launched": theirs.state != CampaignState.DRAFT,
        "version": theirs.version,
    }
    return render(request, "campaigns/edit.html", page, status=refused.status)


def _refused(
    request: htmx.Request, campaign: Campaign, draft: drafts.Draft, refused: errors.Refused
) -> HttpResponse:
    page = writing.page(request, campaign, draft) | {"is_unsaved": True, "problem": str(refused)}
    return render(request, "campaigns/edit.html", page, status=refused.status)


def _words(request: htmx.Request, draft: drafts.Draft) -> dict[str, Any]:
    return {
        "name": draft.name,
        "subject": draft.subject,
        "preview_text": draft.preview_text,
        "blocks": draft.blocks,
        "segment_id": draft.segment_id,
        "at": timezone.now(),
        "actor_id": request.person.pk,
    }
