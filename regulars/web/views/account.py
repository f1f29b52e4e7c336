"""What a person changes about themselves: the same on every workspace they belong to."""

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from regulars.platform import errors, tenancy
from regulars.tenants import accounts
from regulars.web import htmx
from regulars.web.access import members
from regulars.web.forms.settings import AccountForm, PasswordForm
from regulars.web.middleware import people
from regulars.web.views import settings


@members
@require_POST
def preferences(request: htmx.Request) -> HttpResponse:
    form = AccountForm(request.POST, prefix="account")
    if not form.is_valid():
        return settings.page(request, account_form=form)
    with tenancy.shared():
        accounts.change_preferences(person=request.person, **form.cleaned_data)
    return settings.saved(request, "account")


@sensitive_post_parameters()
@members
@require_POST
def password(request: htmx.Request) -> HttpResponse:
    """The present password is asked for, and counted like a sign-in. This session goes on."""
    form, at = PasswordForm(request.POST), timezone.now()
    if not form.is_valid():
        return settings.page(request, password_form=form)
    words = form.cleaned_data
    try:
        with tenancy.shared():
            accounts.authenticated(
                email=request.person.email,
                password=words["present"],
                address=request.META.get("REMOTE_ADDR"),
                at=at,
            )
            accounts.change_password(person=request.person, password=words["password"])
    except accounts.InvalidAccount as refused:
        form.add_error("password", str(refused))
        return settings.page(request, password_form=form)
    except accounts.WrongCredentials:
        form.add_error("present", _("This is not your present password."))
        return settings.page(request, password_form=form)
    except errors.Refused as refused:
        form.add_error("present", str(refused))
        return settings.page(request, password_form=form)
    with tenancy.shared():
        request.session.cycle_key()
    request.session[people.PROOF] = request.person.get_session_auth_hash()
    return settings.saved(request, "password")
