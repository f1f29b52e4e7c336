"""API keys: made for what a program may do, shown once, revoked."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from regulars.platform import errors
from regulars.tenants import keys
from regulars.tenants.models import ApiKey, Role
from regulars.web import formats, htmx, once, toasts
from regulars.web.access import members, owners
from regulars.web.forms.keys import SCOPES, KeyForm

NEW_KEY = "api key"


@members
@never_cache
@require_safe
def index(request: htmx.Request) -> HttpResponse:
    return _page(request)


@owners
@require_POST
def make(request: htmx.Request) -> HttpResponse:
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    said, now = form.cleaned_data, timezone.now()
    expires_at = now + timedelta(days=said["days"]) if said["days"] else None
    try:
        key = keys.make(name=said["name"], scopes=said["scopes"], expires_at=expires_at, at=now)
    except errors.Refused as refused:
        form.add_error("name", str(refused))
        return _page(request, form)
    once.keep(request, name=NEW_KEY, secret=key)
    return redirect("keys:index")


@owners
@require_POST
def revoke(request: htmx.Request, key_id: UUID) -> HttpResponse:
    keys.revoke(key_id=key_id, at=timezone.now())
    toasts.say(request, message=_("The key opens nothing from now on."))
    return redirect("keys:index")


def _page(request: htmx.Request, refused: KeyForm | None = None) -> HttpResponse:
    rows = [_shown(row) for row in keys.listed()]
    shown: dict[str, Any] = {
        "is_owner": request.membership.role == Role.OWNER,
        "new_key": once.taken(request, name=NEW_KEY),
        "keys": [row for row in rows if not row["ended"]],
        "ended": [row for row in rows if row["ended"]],
        "form": refused or KeyForm(initial={"scopes": list(keys.READING)}),
    }
    return render(request, "keys/index.html", shown, status=422 if refused else 200)


def _shown(row: ApiKey) -> dict[str, Any]:
    now = timezone.now()
    is_expired = row.expires_at is not None and row.expires_at <= now
    used = formats.ago(row.last_used_at, at=now) if row.last_used_at else _("never")
    said = _("rk_%(prefix)s…, made %(made)s, last used: %(used)s")
    ends = _("until %(day)s") % {"day": formats.full_day(row.expires_at)} if row.expires_at else ""
    return {
        "id": row.pk,
        "name": row.name,
        "caption": said % {"prefix": row.prefix, "made": formats.day(row.made_at, at=now), "used": used},
        "scopes": [str(SCOPES.get(scope, scope)) for scope in row.scopes],
        "ends": ends,
        "ended": _("Revoked") if row.revoked_at else (_("Expired") if is_expired else ""),
    }
