"""From whom campaigns come, what stands at their foot, and the domains that vouch for them."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from regulars.integrations.email import caught, domains, records, senders
from regulars.integrations.email.models import SendingDomain
from regulars.platform import errors
from regulars.tenants.models import Role
from regulars.web import htmx, toasts
from regulars.web.access import members, owners
from regulars.web.forms.email_settings import DomainForm, SenderForm

FIELDS = ("name", "address", "reply_to", "company", "postal_address")


@members
@never_cache
@require_safe
def index(request: htmx.Request) -> HttpResponse:
    return _page(request)


@owners
@require_POST
def sender(request: htmx.Request) -> HttpResponse:
    form = SenderForm(request.POST)
    if not form.is_valid():
        return _page(request, sender_form=form)
    try:
        senders.change(**form.cleaned_data, at=timezone.now(), actor_id=request.person.pk)
    except senders.BadSender as refused:
        form.add_error(refused.field, str(refused))
        return _page(request, sender_form=form)
    toasts.say(request, message=_("Saved."))
    return _back("sender")


@owners
@require_POST
def add(request: htmx.Request) -> HttpResponse:
    form = DomainForm(request.POST, prefix="domain")
    if not form.is_valid():
        return _page(request, domain_form=form)
    try:
        domains.add(name=form.cleaned_data["name"], at=timezone.now(), actor_id=request.person.pk)
    except errors.Refused as refused:
        form.add_error("name", str(refused))
        return _page(request, domain_form=form)
    return _back("domains")


@owners
@require_POST
def check(request: htmx.Request, domain_id: UUID) -> HttpResponse:
    domain = domains.check(domain_id, at=timezone.now(), actor_id=request.person.pk)
    if not domains.did_answer(domain):
        said = _("The name servers of %(name)s did not answer in time; nothing has changed. Try again.")
        toasts.warn(request, message=said % {"name": domain.name})
        return _back("domains")
    if domain.missed_at:
        said = _("The key of %(name)s was not found: below is what was found.")
        toasts.warn(request, message=said % {"name": domain.name})
        return _back("domains")
    if domain.verified_at:
        said = _("%(name)s is verified: you can send from it.")
    else:
        said = _("%(name)s is not verified yet: below is what was found.")
    toasts.say(request, message=said % {"name": domain.name})
    return _back("domains")


@owners
@require_POST
def remove(request: htmx.Request, domain_id: UUID) -> HttpResponse:
    domains.remove(domain_id=domain_id, at=timezone.now(), actor_id=request.person.pk)
    toasts.say(request, message=_("Removed. Nothing more is sent from it."))
    return _back("domains")


def _back(part: str) -> HttpResponse:
    return redirect(reverse("email_settings:index") + f"#{part}")


def _page(request: htmx.Request, **refused: forms.Form) -> HttpResponse:
    kept = senders.kept()
    shown: dict[str, Any] = {
        "is_owner": request.membership.role == Role.OWNER,
        "from_now": senders.standing(),
        "domains": [_domain(each) for each in domains.listed()],
        "has_caught": caught.is_on(),
        "sender_form": SenderForm(initial={name: getattr(kept, name) for name in FIELDS}),
        "domain_form": DomainForm(prefix="domain"),
        **refused,
    }
    return render(request, "email_settings/index.html", shown, status=422 if refused else 200)


def _domain(domain: SendingDomain) -> dict[str, Any]:
    return {
        "id": domain.pk,
        "name": domain.name,
        "is_verified": domain.verified_at is not None,
        "missed_at": domain.missed_at if domain.verified_at else None,
        "lapsed_at": None if domain.verified_at else domain.lapsed_at,
        "checked_at": domain.checked_at,
        "records": [
            _record(record, domain.findings.get(record.key) or {}) for record in domains.wanted(domain)
        ],
    }


def _record(record: records.Record, finding: dict[str, str]) -> dict[str, Any]:
    state = finding.get("state", "")
    titles = {
        "dkim": _("The key that mails are signed with"),
        "dmarc": _("What receivers shall do with forgeries"),
        "return_path": _("Where bounced mails come back (optional)"),
    }
    return {
        "title": titles[record.key],
        "kind": record.kind,
        "host": record.host,
        "value": record.value,
        "is_fine": state == records.State.FINE,
        "is_wrong": state in (records.State.WRONG, records.State.TWICE),
        "words": records.words(record, state),
        "seen": finding.get("seen", "") if state in (records.State.WRONG, records.State.TWICE) else "",
    }
