"""A forgotten password: asking for the link, and giving a new one behind it."""

from smtplib import SMTPException
from urllib.parse import urlencode

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from regulars.tenants import accounts, forgotten
from regulars.web.access import everybody
from regulars.web.forms.public import FindWorkspaceForm, NewPasswordForm
from regulars.web.middleware import people

log = structlog.get_logger(__name__)


@everybody
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Mails the link; the answer is the same whether there is an account or not."""
    form = FindWorkspaceForm(request.POST or None)
    is_sent = request.method == "POST" and form.is_valid()
    if is_sent:
        _mail(form.cleaned_data["email"])
    status = 422 if form.is_bound and not is_sent else 200
    return render(request, "public/forgotten.html", {"form": form, "sent": is_sent}, status=status)


@everybody
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def renew(request: HttpRequest) -> HttpResponse:
    """Behind the link. Looking changes nothing; the form does, and signs in."""
    given = {"person_id": request.GET.get("person", ""), "token": request.GET.get("token", "")}
    form = NewPasswordForm(request.POST or None)
    try:
        person = forgotten.found(**given)
        if request.method == "POST" and form.is_valid():
            person = forgotten.renew(**given, password=form.cleaned_data["password"])
            people.sign_in(request, person, tenant=None)
            return redirect("public:choose_workspace")
    except forgotten.SpentLink as refused:
        return render(request, "public/spent_link.html", {"words": str(refused)}, status=refused.status)
    except accounts.InvalidAccount as refused:
        form.add_error("password", str(refused))
    shown = {"form": form, "email": person.email}
    return render(request, "public/new_password.html", shown, status=422 if form.is_bound else 200)


def _mail(email: str) -> None:
    found = forgotten.link_for(email=email)
    if found is None:
        return
    person, token = found
    url = f"{settings.PUBLIC_ORIGIN}/new-password/?{urlencode({'person': person.pk.hex, 'token': token})}"
    minutes = settings.PASSWORD_RESET_TIMEOUT // 60
    words = render_to_string("public/forgotten.txt", {"url": url, "person": person, "minutes": minutes})
    try:
        send_mail(_("A new password for Regulars"), words, None, [person.email])
    except (OSError, SMTPException):
        log.exception(
            "forgotten.not_mailed"
        )  # the answer stays the same, or it would tell who has an account
