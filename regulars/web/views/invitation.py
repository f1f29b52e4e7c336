"""What an invited person sees on the public host: who asks them where, and one form to join."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from regulars.platform import errors
from regulars.tenants import accounts, invitations
from regulars.tenants.models import Invitation, Person
from regulars.web.access import everybody
from regulars.web.forms.team import JoinForm
from regulars.web.middleware import people
from regulars.web.views import public


@everybody
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """Looking joins nobody: mail scanners open every link. The form's button does."""
    token = request.GET.get("token", "")
    try:
        row = invitations.found(token=token, at=timezone.now())
    except invitations.SpentInvitation as refused:
        return render(request, "team/spent.html", {"words": str(refused)}, status=refused.status)
    signed_in: Person | None = request.person  # type: ignore[attr-defined]
    is_theirs = signed_in is not None and signed_in.email == row.email
    is_known = Person.objects.filter(email=row.email, is_active=True).exists()
    form = None if is_theirs else JoinForm(request.POST or None, is_known=is_known)
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            return _joined(request, row, token, form)
        except invitations.NoSeat as refused:
            shown = {"words": str(refused), "is_full": True}
            return render(request, "team/spent.html", shown, status=refused.status)
        except (accounts.InvalidAccount, accounts.WrongCredentials, accounts.TooManyAttempts) as refused:
            _tell(form, refused)
    asked = {"invitation": row, "form": form, "is_known": is_known, "person": signed_in}
    return render(request, "team/join.html", asked, status=422 if form is not None and form.errors else 200)


def _joined(request: HttpRequest, row: Invitation, token: str, form: JoinForm | None) -> HttpResponse:
    at = timezone.now()
    if form is None:
        person: Person = request.person  # type: ignore[attr-defined]
        tenant = invitations.accept(token=token, person=person, at=at)
    elif "name" in form.fields:
        language = translation.get_language() or "en"
        person, tenant = invitations.accept_as_new(token=token, **form.cleaned_data, language=language, at=at)
    else:
        address = request.META.get("REMOTE_ADDR")
        person = accounts.authenticated(
            email=row.email, password=form.cleaned_data["password"], address=address, at=at
        )
        tenant = invitations.accept(token=token, person=person, at=at)
    people.sign_in(request, person, tenant=None)
    return public.handed_over(person, tenant)


def _tell(form: JoinForm | None, refused: errors.Refused) -> None:
    if form is not None:
        form.add_error("password", str(refused))
