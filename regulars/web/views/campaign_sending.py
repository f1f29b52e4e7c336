"""A campaign from the last check to its results: who gets it, sending, pausing, what came of it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from regulars.integrations.email import (
    campaigns,
    launching,
    preflight,
    reaping,
    results,
    senders,
    sending,
    testing,
)
from regulars.integrations.email.models import Campaign, CampaignState
from regulars.platform import errors
from regulars.tenants.models import Role
from regulars.web import campaign_results, campaign_words, drafts, formats, htmx, toasts, words
from regulars.web.access import members, owners


@members
@never_cache
@require_safe
@vary_on_headers("HX-Request")
def show(request: htmx.Request, campaign_id: UUID) -> HttpResponse:
    """What is being sent and what came of it. A draft is written on instead."""
    campaign = campaigns.found(campaign_id)
    if campaign.state == CampaignState.DRAFT:
        return redirect("campaigns:edit", campaign_id)
    found = results.of(campaign_id=campaign_id)
    page = campaign_results.page(campaign, found, currency=request.tenant.currency)
    page |= {
        "campaign": campaign,
        "may_steer": request.membership.role == Role.OWNER,
        "is_part": htmx.wants_part(request),
    }
    return render(request, htmx.template(request, page="campaigns/show.html", part="live"), page)


@members
@never_cache
@require_safe
def check(request: htmx.Request, campaign_id: UUID) -> HttpResponse:
    """Who gets the mail by their consent, who does not and why, and what must be mended first."""
    campaign = campaigns.found(campaign_id)
    if campaign.state != CampaignState.DRAFT:
        return redirect("campaigns:show", campaign_id)
    return _checked(request, campaign)


@members
@require_POST
def test(request: htmx.Request, campaign_id: UUID) -> HttpResponse:
    campaign, person = campaigns.found(campaign_id), request.person
    try:
        testing.send_test(
            campaign_id=campaign.pk, person_email=person.email, person_name=person.name, at=timezone.now()
        )
    except errors.Refused as refused:
        toasts.warn(request, message=str(refused))
    else:
        toasts.say(request, message=_("A test is on its way to %(email)s.") % {"email": person.email})
    return redirect("campaigns:check", campaign_id)


@owners
@require_POST
def launch(request: htmx.Request, campaign_id: UUID) -> HttpResponse:
    campaign = campaigns.found(campaign_id)
    try:
        launching.launch(
            campaign_id=campaign_id,
            version=_counted(request, "version"),
            expected=_counted(request, "expected"),
            actor_id=request.person.pk,
            at=timezone.now(),
        )
    except errors.NotFound:
        raise
    except errors.Refused as refused:
        campaign.refresh_from_db()
        if campaign.state != CampaignState.DRAFT:  # somebody, or a second click, was faster
            return redirect("campaigns:show", campaign_id)
        return _checked(request, campaign, refused=refused)
    return redirect("campaigns:show", campaign_id)


@owners
@require_POST
def pause(request: htmx.Request, campaign_id: UUID) -> HttpResponse:
    return _steered(request, campaign_id, sending.pause)


@owners
@require_POST
def resume(request: htmx.Request, campaign_id: UUID) -> HttpResponse:
    return _steered(request, campaign_id, sending.resume)


@owners
@require_POST
def cancel(request: htmx.Request, campaign_id: UUID) -> HttpResponse:
    return _steered(
        request, campaign_id, sending.cancel, said=_("Cancelled. What was not sent yet stays unsent.")
    )


@owners
@require_POST
def settle(request: htmx.Request, campaign_id: UUID) -> HttpResponse:
    """Say what is to become of mails of which nobody knows whether they went out."""
    is_sent_again = request.POST.get("choice") == "again"
    count = reaping.settle_uncertain(
        campaign_id=campaign_id, send_again=is_sent_again, at=timezone.now(), actor_id=request.person.pk
    )
    if is_sent_again:
        said = ngettext("%(count)s mail is sent again.", "%(count)s mails are sent again.", count)
    else:
        said = ngettext("%(count)s mail is left as it is.", "%(count)s mails are left as they are.", count)
    toasts.say(request, message=said % {"count": formats.number(count)})
    return redirect("campaigns:show", campaign_id)


def _counted(request: htmx.Request, field: str) -> int:
    """A number that the page itself put into the form; 0 when it is not there any more."""
    said = request.POST.get(field, "")
    return int(said) if said.isdecimal() and len(said) < drafts.MAX_VERSION_DIGITS else 0


def _steered(
    request: htmx.Request, campaign_id: UUID, verb: Callable[..., object], *, said: str = ""
) -> HttpResponse:
    """Do it, or say why it could not be done: often the campaign was over meanwhile."""
    try:
        verb(campaign_id=campaign_id, at=timezone.now(), actor_id=request.person.pk)
    except errors.NotFound:
        raise
    except errors.Refused as refused:
        toasts.warn(request, message=str(refused))
    else:
        if said:
            toasts.say(request, message=said)
    return redirect("campaigns:show", campaign_id)


def _checked(
    request: htmx.Request, campaign: Campaign, *, refused: errors.Refused | None = None
) -> HttpResponse:
    found = preflight.of(campaign_id=campaign.pk, at=timezone.now())
    audience = found.audience
    mailed = audience.mailed if audience else 0
    left_out = sorted((audience.left_out if audience else {}).items(), key=lambda pair: -pair[1])
    page: dict[str, Any] = {
        "campaign": campaign,
        "problems": [_problem(each, campaign) for each in found.problems],
        "warnings": [_problem(each, campaign) for each in found.warnings],
        "refused": str(refused) if refused and not found.problems else "",
        "sender": senders.standing(),
        "has_audience": audience is not None,
        "mailed": mailed,
        "button": _button(mailed),
        "sentence": _sentence(mailed, sum(count for _reason, count in left_out)),
        "grounds": [
            {"text": words.ground(ground) or _("Ground not written down"), "count": formats.number(count)}
            for ground, count in sorted(
                (audience.by_ground if audience else {}).items(), key=lambda pair: -pair[1]
            )
        ],
        "left_out": [_left_out(reason, count) for reason, count in left_out if count],
        "may_launch": request.membership.role == Role.OWNER,
        "is_ready": not found.problems and mailed > 0,
    }
    return render(request, "campaigns/check.html", page, status=refused.status if refused else 200)


def _problem(problem: preflight.Problem, campaign: Campaign) -> dict[str, str]:
    """What is wrong, and where it is mended."""
    if problem.url_name:
        return {"words": problem.words, "href": reverse(problem.url_name)}
    return {"words": problem.words, "href": reverse("campaigns:edit", args=[campaign.pk])}


def _left_out(reason: str, count: int) -> dict[str, str]:
    text, why = campaign_words.left_out(reason)
    return {"text": text, "why": why, "count": formats.number(count)}


def _button(count: int) -> str:
    said = ngettext("Send to %(count)s person", "Send to %(count)s people", count)
    return said % {"count": formats.number(count)}


def _sentence(mailed: int, others: int) -> str:
    said = ngettext("%(count)s person gets this mail", "%(count)s people get this mail", mailed) % {
        "count": formats.number(mailed)
    }
    if not others:
        return f"{said}."
    rest = ngettext("%(count)s of the segment does not", "%(count)s of the segment do not", others)
    return _("%(some)s; %(others)s.") % {"some": said, "others": rest % {"count": formats.number(others)}}
