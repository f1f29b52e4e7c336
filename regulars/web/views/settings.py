"""One page of settings; each of its forms posts to an address of its own and comes back here."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from regulars.crm_core.commerce import rates
from regulars.crm_core.insight import assumptions
from regulars.platform import errors
from regulars.tenants import workspaces
from regulars.tenants.models import Role
from regulars.web import formats, htmx, toasts
from regulars.web.access import members, owners
from regulars.web.forms.settings import (
    AccountForm,
    MarginForm,
    PasswordForm,
    RateForm,
    WorkspaceForm,
)
from regulars.web.views import team


@members
@never_cache
@require_safe
def index(request: htmx.Request) -> HttpResponse:
    return page(request)


@owners
@require_POST
def workspace(request: htmx.Request) -> HttpResponse:
    form = WorkspaceForm(request.POST)
    if not form.is_valid():
        return page(request, workspace_form=form)
    try:
        workspaces.change(**form.cleaned_data)
    except workspaces.InvalidWorkspace as refused:
        form.add_error(refused.field, str(refused))
        return page(request, workspace_form=form)
    return saved(request, "workspace")


@owners
@require_POST
def margin(request: htmx.Request) -> HttpResponse:
    form = MarginForm(request.POST)
    if not form.is_valid():
        return page(request, margin_form=form)
    assumptions.set_margin(
        percent=form.cleaned_data["percent"], at=timezone.now(), actor_id=request.person.pk
    )
    return saved(request, "figures")


@owners
@require_POST
def rate(request: htmx.Request) -> HttpResponse:
    form = RateForm(request.POST)
    if not form.is_valid():
        return page(request, rate_form=form)
    try:
        rates.give(**form.cleaned_data, at=timezone.now())
    except errors.Refused as refused:
        form.add_error("currency", str(refused))
        return page(request, rate_form=form)
    return saved(request, "figures")


def saved(request: htmx.Request, part: str) -> HttpResponse:
    """Back to the part of the page that was changed."""
    toasts.say(request, message=_("Saved."))
    return back(part)


def back(part: str = "") -> HttpResponse:
    return redirect(reverse("settings:index") + (f"#{part}" if part else ""))


def page(request: htmx.Request, **refused: forms.Form) -> HttpResponse:
    """The page; with a form that was refused in its place, status 422."""
    tenant, person, at = request.tenant, request.person, timezone.now()
    shown: dict[str, Any] = {
        "is_owner": request.membership.role == Role.OWNER,
        "members": [team.shown(each) for each in workspaces.members()],
        "rates": [
            {
                "currency": each.currency,
                "worth": formats.number(each.rate.normalize()) + formats.NO_BREAK + tenant.currency,
                "valid_from": each.valid_from,
            }
            for each in rates.listed()
        ],
        "workspace_form": WorkspaceForm(
            initial={"name": tenant.name, "time_zone": tenant.time_zone, "language": tenant.language}
        ),
        "margin_form": MarginForm(initial={"percent": assumptions.margin()}),
        "rate_form": RateForm(initial={"valid_from": timezone.localdate(at)}),
        "account_form": AccountForm(
            prefix="account",
            initial={"name": person.name, "language": person.language, "time_zone": person.time_zone},
        ),
        "password_form": PasswordForm(),
        **refused,
    }
    return render(request, "settings/index.html", shown, status=422 if refused else 200)
