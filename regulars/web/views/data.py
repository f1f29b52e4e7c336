"""Everything of a workspace at once: the owner's zip, and the workspace's end."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from regulars.billing import buying
from regulars.billing.models import Subscription
from regulars.platform import errors
from regulars.tenants import leaving, zips
from regulars.tenants.models import Role
from regulars.tenants.moving import KEEP_FILE, Export
from regulars.web import formats, htmx, toasts
from regulars.web.access import members, owners
from regulars.web.forms.data import LeaveForm


@members
@never_cache
@require_safe
def index(request: htmx.Request) -> HttpResponse:
    return _page(request, LeaveForm())


@owners
@require_POST
def export(request: htmx.Request) -> HttpResponse:
    try:
        zips.ask(actor_id=request.person.pk, at=timezone.now())
    except zips.AlreadyAsked as refused:
        toasts.warn(request, message=str(refused))
    return redirect("data:index")


@owners
@never_cache
@require_safe
def download(request: htmx.Request, export_id: UUID) -> HttpResponseBase:
    name, blocks = zips.download(export_id=export_id, at=timezone.now())
    return StreamingHttpResponse(
        blocks,
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@owners
@require_POST
def leave(request: htmx.Request) -> HttpResponse:
    form = LeaveForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    if _goes_on_charging(request):
        form.add_error(
            None, _("End your paid plan under Billing first: deleting the workspace does not end it.")
        )
        return _page(request, form, status=422)
    try:
        leaving.ask_for_deletion(
            name=form.cleaned_data["typed"], actor_id=request.person.pk, at=timezone.now()
        )
    except errors.Invalid as refused:
        form.add_error("typed", str(refused))
        return _page(request, form, status=422)
    return redirect("data:index")


@owners
@require_POST
def take_back(request: htmx.Request) -> HttpResponse:
    leaving.take_back(actor_id=request.person.pk, at=timezone.now())
    toasts.say(request, message=_("The workspace stays, with everything in it."))
    return redirect("data:index")


def _goes_on_charging(request: htmx.Request) -> bool:
    """Is there a subscription that renews by itself? An agreed one has no id, and no page to end it."""
    row: Subscription | None = getattr(request.membership.tenant, "subscription", None)
    if row is None or not row.remote or not row.remote.get("id"):
        return False
    return buying.is_standing(row) and not row.remote.get("cancels_at")


def _page(request: htmx.Request, form: LeaveForm, *, status: int = 200) -> HttpResponse:
    at, due_at = timezone.now(), request.membership.tenant.deletion_due_at
    is_owner = request.membership.role == Role.OWNER
    exports = [_shown(row, at=at) for row in zips.listed(at=at)] if is_owner else []
    shown: dict[str, Any] = {
        "is_owner": is_owner,
        "exports": exports,
        "is_being_made": any(each["is_open"] for each in exports),
        "keep_days": KEEP_FILE.days,
        "return_days": leaving.RETURN_WITHIN.days,
        "due_on": formats.day(due_at, at=at) if due_at else "",
        "form": form,
    }
    return render(request, "data/index.html", shown, status=status)


def _shown(row: Export, *, at: datetime) -> dict[str, Any]:
    asked = formats.moment(row.asked_at, at=at)
    words = {"asked": asked, "size": filesizeformat(row.size_bytes), "day": formats.day(row.ends_at(), at=at)}
    if row.ready_at:
        caption = _("%(size)s, kept until %(day)s") % words
    elif row.failed_at:
        caption = _("This export could not be made. Ask for it again; we have been told.")
    else:
        caption = _("Being made. Look again in a moment.")
    return {
        "id": row.pk,
        "title": _("Export of %(asked)s") % words,
        "caption": caption,
        "is_ready": row.ready_at is not None,
        "is_open": row.ready_at is None and row.failed_at is None,
    }
