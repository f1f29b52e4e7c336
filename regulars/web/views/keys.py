"""API keys: made, shown once, revoked."""

from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from regulars.platform import errors
from regulars.tenants import keys
from regulars.web import htmx, once, toasts
from regulars.web.access import owners
from regulars.web.forms.settings import KeyForm
from regulars.web.views import settings


@owners
@require_POST
def make(request: htmx.Request) -> HttpResponse:
    form = KeyForm(request.POST, prefix="key")
    if not form.is_valid():
        return settings.page(request, key_form=form)
    try:
        key = keys.make(name=form.cleaned_data["name"], at=timezone.now())
    except errors.Refused as refused:
        form.add_error("name", str(refused))
        return settings.page(request, key_form=form)
    once.keep(request, name=settings.NEW_KEY, secret=key)
    return settings.back()


@owners
@require_POST
def revoke(request: htmx.Request, key_id: UUID) -> HttpResponse:
    keys.revoke(key_id=key_id, at=timezone.now())
    toasts.say(request, message=_("The key opens nothing from now on."))
    return settings.back("keys")
