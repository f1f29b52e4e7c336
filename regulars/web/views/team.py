"""Who belongs to the workspace: inviting, changing what somebody may do, letting them go."""

from smtplib import SMTPException
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from regulars.platform import errors
from regulars.tenants import invitations, workspaces
from regulars.tenants.models import Invitation, Membership, Role
from regulars.web import formats, htmx, toasts
from regulars.web.access import members, owners
from regulars.web.forms.team import InviteForm, RoleForm


@members
@never_cache
@require_safe
def index(request: htmx.Request) -> HttpResponse:
    return _page(request)


@owners
@require_POST
def invite(request: htmx.Request) -> HttpResponse:
    """Also asked again for somebody who waits: the new mail's link replaces the old one's."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    try:
        row, token = invitations.invite(**form.cleaned_data, by=request.person, at=timezone.now())
    except invitations.InvalidInvitation as refused:
        form.add_error(refused.field, str(refused))
        return _page(request, form)
    except errors.Refused as refused:  # the plan's seats
        form.add_error(None, str(refused))
        return _page(request, form)
    try:
        _mail(request, row, token)
    except (OSError, SMTPException):
        toasts.warn(request, message=_("The invitation could not be mailed: send it again in a while."))
    else:
        toasts.say(request, message=_("An invitation is on its way to %(email)s.") % {"email": row.email})
    return redirect("team:index")


@owners
@require_POST
def withdraw(request: htmx.Request, invitation_id: UUID) -> HttpResponse:
    invitations.withdraw(invitation_id=invitation_id, by=request.person, at=timezone.now())
    toasts.say(request, message=_("The invitation is withdrawn: its link opens nothing."))
    return redirect("team:index")


@owners
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def member(request: htmx.Request, membership_id: int) -> HttpResponse:
    """One member: their role, and the way out."""
    row = next((each for each in workspaces.members() if each.pk == membership_id), None)
    if row is None:
        raise invitations.UnknownMember(_("There is no such member."))
    form = RoleForm(request.POST or None, initial={"role": row.role})
    if request.method == "POST" and form.is_valid():
        try:
            invitations.change_role(
                membership_id=row.pk, role=form.cleaned_data["role"], by=request.person, at=timezone.now()
            )
        except errors.Refused as refused:
            form.add_error("role", str(refused))
        else:
            toasts.say(request, message=_("Saved."))
            return redirect("team:index")
    return _member_page(request, row, form)


@owners
@require_POST
def remove(request: htmx.Request, membership_id: int) -> HttpResponse:
    try:
        row = invitations.remove(membership_id=membership_id, by=request.person, at=timezone.now())
    except invitations.LastOwner as refused:
        toasts.warn(request, message=str(refused))
        return redirect("team:member", membership_id=membership_id)
    if row.person_id == request.person.pk:
        return redirect(f"{settings.PUBLIC_ORIGIN}/workspaces/")
    name = row.person.name or row.person.email
    toasts.say(request, message=_("%(name)s no longer belongs to this workspace.") % {"name": name})
    return redirect("team:index")


def _page(request: htmx.Request, refused: InviteForm | None = None) -> HttpResponse:
    at = timezone.now()
    context: dict[str, Any] = {
        "is_owner": request.membership.role == Role.OWNER,
        "members": [shown(each) for each in workspaces.members()],
        "waiting": [_waiting(each, at=at) for each in invitations.listed(at=at)],
        "form": refused or InviteForm(),
    }
    return render(request, "team/index.html", context, status=422 if refused else 200)


def _member_page(request: htmx.Request, row: Membership, form: RoleForm) -> HttpResponse:
    context = {"member": shown(row), "is_oneself": row.person_id == request.person.pk, "form": form}
    return render(request, "team/member.html", context, status=422 if form.errors else 200)


def _role(code: str) -> str:
    return _("Owner") if code == Role.OWNER else _("Staff")


def shown(row: Membership) -> dict[str, Any]:
    """A member as lists of people show them."""
    person = row.person
    return {
        "pk": row.pk,
        "name": person.name or person.email,
        "email": person.email,
        "role": _role(row.role),
        "joined": formats.full_day(row.joined_at),
    }


def _waiting(row: Invitation, *, at: Any) -> dict[str, Any]:
    ends = row.made_at + invitations.INVITATION_LIVES
    return {
        "pk": row.pk,
        "email": row.email,
        "code": row.role,
        "role": _role(row.role),
        "words": _("Asked %(asked)s, open until %(until)s")
        % {"asked": formats.ago(row.made_at, at=at), "until": formats.full_day(ends)},
    }


def _mail(request: htmx.Request, row: Invitation, token: str) -> None:
    """In the workspace's language: nobody knows the reader's."""
    url = f"{settings.PUBLIC_ORIGIN}/invitation/?{urlencode({'token': token})}"
    by = request.person.name or request.person.email
    with translation.override(request.tenant.language):
        given = {
            "by": by,
            "workspace": request.tenant.name,
            "url": url,
            "days": invitations.INVITATION_LIVES.days,
        }
        words = render_to_string("team/invitation.txt", given)
        subject = _("%(by)s invites you to %(workspace)s") % {"by": by, "workspace": request.tenant.name}
    send_mail(" ".join(subject.split()), words, None, [row.email])
