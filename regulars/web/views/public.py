"""The public site: what Regulars is, subscribing, signing in, and handing over to a tenant's host."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from regulars.billing import plans as catalogue
from regulars.billing import subscriptions
from regulars.platform import errors, money
from regulars.tenants import accounts, provisioning, signup
from regulars.tenants.models import Person, SignUp, Tenant
from regulars.web import billing_words, htmx
from regulars.web.access import everybody
from regulars.web.forms.public import FindWorkspaceForm, SignInForm, SignUpForm
from regulars.web.middleware import people

STARTING_CURRENCY = {"zh-hans": "CNY"}
OWN_SIGN_UP = "sign_up"


@everybody
@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    return render(request, "public/landing.html")


@everybody
@require_safe
def plans(request: HttpRequest) -> HttpResponse:
    currency = STARTING_CURRENCY.get(translation.get_language() or "en", catalogue.FALLBACK_CURRENCY)
    offers = [
        {
            "plan": plan,
            "limits": billing_words.limits(plan.holds),
            "price": money.Money(*plan.price(currency)) if plan.is_sold else None,
        }
        for plan in catalogue.listed()
    ]
    shown = {"offers": offers, "counts_as_contact": catalogue.counts_as_contact(), "terms": catalogue.terms()}
    return render(request, "public/plans.html", shown)


@everybody
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    person: Person | None = request.person  # type: ignore[attr-defined]
    language = translation.get_language() or "en"
    first = {"currency": STARTING_CURRENCY.get(language, "EUR"), "time_zone": "UTC"}
    form = SignUpForm(request.POST or None, initial=first, is_known=person is not None)
    if request.method == "POST" and form.is_valid():
        row = _subscribed(form, person=person, language=language)
        if row is not None:
            if person is None:
                people.sign_in(request, row.person, tenant=None)
            request.session[OWN_SIGN_UP] = str(row.pk)
            return redirect(_begun(row.person, row.tenant) if row.tenant else "public:preparing")
    status = 422 if form.is_bound else 200
    return render(request, "public/sign_up.html", {"form": form, "person": person}, status=status)


@everybody
@never_cache
@require_safe
def preparing(request: HttpRequest) -> HttpResponse:
    """Asked again each second until the workspace stands; then leads there."""
    sign_up_id = request.session.get(OWN_SIGN_UP)
    if sign_up_id is None:
        return redirect("public:sign_up")
    row = signup.completed(sign_up_id=UUID(sign_up_id), at=timezone.now())
    if row.tenant is not None:
        return htmx.leave(request, to=_begun(row.person, row.tenant))
    template = "public/preparing.html#wait" if htmx.wants_part(request) else "public/preparing.html"
    return render(request, template, {"tenant": row})


@everybody
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = accounts.authenticated(
                **form.cleaned_data, address=request.META.get("REMOTE_ADDR"), at=timezone.now()
            )
        except (accounts.WrongCredentials, accounts.TooManyAttempts) as refused:
            form.add_error(None, str(refused))
            return render(request, "public/sign_in.html", {"form": form}, status=refused.status)
        people.sign_in(request, person, tenant=None)
        return _to_workspace(request, person)
    status = 422 if form.is_bound else 200
    return render(
        request, "public/sign_in.html", {"form": form, "next": request.GET.get("next", "")}, status=status
    )


@everybody
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def choose_workspace(request: HttpRequest) -> HttpResponse:
    person: Person | None = request.person  # type: ignore[attr-defined]
    if person is None:
        return redirect("public:sign_in")
    rows = accounts.workspaces(person=person)
    if request.method == "POST":
        chosen = next((row for row in rows if row.slug == request.POST.get("slug")), None)
        if chosen is None:
            raise accounts.NotAMember(_("You do not belong to this workspace."))
        return handed_over(person, chosen)
    workspaces = [
        {"slug": row.slug, "name": row.name, "host": provisioning.host_of(str(row.slug))} for row in rows
    ]
    return render(request, "public/choose_workspace.html", {"workspaces": workspaces})


@everybody
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def find_workspace(request: HttpRequest) -> HttpResponse:
    """Mails the addresses of somebody's workspaces; the answer is the same whether there is one or not."""
    form = FindWorkspaceForm(request.POST or None)
    is_sent = request.method == "POST" and form.is_valid()
    if is_sent:
        _mail_workspaces(accounts.normalized(form.cleaned_data["email"]))
    status = 422 if form.is_bound and not is_sent else 200
    return render(request, "public/find_workspace.html", {"form": form, "sent": is_sent}, status=status)


def _subscribed(form: SignUpForm, *, person: Person | None, language: str) -> SignUp | None:
    words: dict[str, Any] = {"email": "", "password": "", **form.cleaned_data}
    try:
        return signup.subscribe(**words, language=language, person=person, at=timezone.now())
    except accounts.InvalidAccount as refused:
        form.add_error(refused.field, str(refused))
    except accounts.AccountExists as refused:
        form.add_error("email", str(refused))
    except errors.Refused as refused:
        form.add_error(None, str(refused))
    return None


def _to_workspace(request: HttpRequest, person: Person) -> HttpResponse:
    """Straight on when there is one workspace, or the one that was asked for; else a choice."""
    rows = accounts.workspaces(person=person)
    wanted = request.POST.get("next", "")
    for row in rows:
        if len(rows) == 1 or row.slug == wanted:
            return handed_over(person, row)
    return redirect("public:choose_workspace" if rows else "public:sign_up")


def _begun(person: Person, tenant: Tenant) -> str:
    """The address of a workspace that has just been made; its trial starts now."""
    subscriptions.start_trial(tenant=tenant.schema_name, at=timezone.now())
    return _address(person, tenant)


def handed_over(person: Person, tenant: Tenant) -> HttpResponse:
    """Onwards to the workspace, signed in there by a one-time token."""
    return redirect(_address(person, tenant))


def _address(person: Person, tenant: Tenant) -> str:
    token = accounts.hand_over(person=person, tenant=tenant, at=timezone.now())
    return f"{_origin(tenant)}/enter/?{urlencode({'token': token})}"


def _origin(tenant: Tenant) -> str:
    return f"{settings.SCHEME}://{provisioning.host_of(str(tenant.slug))}{settings.SHOWN_PORT}"


def _mail_workspaces(email: str) -> None:
    person = Person.objects.filter(email=email, is_active=True).first()
    if person is None:
        return
    rows = [{"name": row.name, "url": f"{_origin(row)}/"} for row in accounts.workspaces(person=person)]
    words = render_to_string("public/find_workspace.txt", {"workspaces": rows, "person": person})
    send_mail(_("Your workspaces at Regulars"), words, None, [person.email])
