"""One customer: figures, notes and timeline, profile, tags."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from regulars.crm_core.customers import contacts, notes
from regulars.crm_core.customers.models import Contact
from regulars.platform import errors
from regulars.web import customer_card, customer_events, htmx, toasts, words
from regulars.web.access import members
from regulars.web.forms.customers import ConsentForm, NoteForm, ProfileForm, TagForm

PROFILE_FIELDS = tuple(ProfileForm.base_fields)
PAGE = "customers/show.html"


@members
@require_safe
@vary_on_headers("HX-Request")
def show(request: htmx.Request, contact_id: UUID) -> HttpResponse:
    """A merged id leads to the customer it was folded into, which says so."""
    contact = contacts.resolved(contact_id)
    if contact.pk != contact_id:
        merged = Contact.objects.get(pk=contact_id)
        toasts.say(
            request, message=_("%(name)s was merged into this customer.") % {"name": words.name_of(merged)}
        )
        return redirect("customers:show", contact.pk)
    if htmx.wants_part(request):
        return _timeline(request, contact)
    return page(request, contact)


@members
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def edit(request: htmx.Request, contact_id: UUID) -> HttpResponse:
    """The profile's form: in its card when htmx asks, else a page of its own."""
    contact = contacts.resolved(contact_id)
    initial = {name: getattr(contact, name) for name in PROFILE_FIELDS}
    form = ProfileForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            said = {name: form.cleaned_data[name] for name in form.changed_data}
            contact = contacts.describe(
                contact=contact.pk, words=said, at=timezone.now(), actor_id=request.person.pk
            )
        except errors.Refused as refused:
            form.add_error(None, str(refused))
        else:
            toasts.say(request, message=_("Saved."))
            if not htmx.wants_part(request):
                return redirect("customers:show", contact.pk)
            return _profile(request, contact, is_editing=False)
    if htmx.wants_part(request):
        return _profile(request, contact, is_editing="cancel" not in request.GET, form=form)
    shown = {**customer_card.profile(contact), "form": form, "is_editing": True}
    return render(request, "customers/edit.html", shown, status=422 if form.errors else 200)


@members
@require_POST
def write_note(request: htmx.Request, contact_id: UUID) -> HttpResponse:
    contact, form = contacts.resolved(contact_id), NoteForm(request.POST)
    if not form.is_valid():
        said = " ".join(map(str, form.errors["body"]))
        if htmx.wants_part(request):
            return _timeline(request, contact, note_error=said)
        toasts.warn(request, message=said)
        return redirect("customers:show", contact.pk)
    person = request.person
    note = notes.write(
        contact=contact.pk,
        body=form.cleaned_data["body"],
        author_id=person.pk,
        author_name=person.name or person.email,
        at=timezone.now(),
    )
    undo = reverse("customers:take_back_note", args=[contact.pk, note.pk])
    toasts.say(request, message=_("The note is saved."), undo=undo)
    if htmx.wants_part(request):
        return _timeline(request, contact)
    return redirect("customers:show", contact.pk)


@members
@require_POST
def take_back_note(request: htmx.Request, contact_id: UUID, note_id: UUID) -> HttpResponse:
    contact = contacts.resolved(contact_id)
    notes.take_back(note=note_id, at=timezone.now(), actor_id=request.person.pk)
    undo = reverse("customers:put_back_note", args=[contact.pk, note_id])
    toasts.say(request, message=_("The note is removed."), undo=undo)
    return redirect("customers:show", contact.pk)


@members
@require_POST
def put_back_note(request: htmx.Request, contact_id: UUID, note_id: UUID) -> HttpResponse:
    contact = contacts.resolved(contact_id)
    notes.put_back(note=note_id, at=timezone.now(), actor_id=request.person.pk)
    toasts.say(request, message=_("The note is back."))
    return redirect("customers:show", contact.pk)


@members
@require_POST
def tag(request: htmx.Request, contact_id: UUID) -> HttpResponse:
    """The tag's name comes in the form, or in the address of an Undo button."""
    form = TagForm({"name": request.POST.get("name") or request.GET.get("name", "")})
    if not form.is_valid():
        toasts.warn(request, message=_("A tag is one or a few words, 40 letters at most."))
        return redirect("customers:show", contact_id)
    name = form.cleaned_data["name"]
    contact = contacts.tag(contact=contact_id, word=name, at=timezone.now(), actor_id=request.person.pk)
    undo = f"{reverse('customers:untag', args=[contact.pk])}?{urlencode({'name': name})}"
    toasts.say(request, message=_("Tagged “%(tag)s”.") % {"tag": name}, undo=undo)
    return redirect("customers:show", contact.pk)


@members
@require_POST
def untag(request: htmx.Request, contact_id: UUID) -> HttpResponse:
    name = request.POST.get("name") or request.GET.get("name", "")
    contact = contacts.untag(contact=contact_id, word=name, at=timezone.now(), actor_id=request.person.pk)
    undo = f"{reverse('customers:tag', args=[contact.pk])}?{urlencode({'name': name})}"
    toasts.say(request, message=_("The tag “%(tag)s” is removed.") % {"tag": name}, undo=undo)
    return redirect("customers:show", contact.pk)


def page(request: htmx.Request, contact: Contact, *, consent_form: forms.Form | None = None) -> HttpResponse:
    """The whole screen; with a consent form that was refused in its place, status 422."""
    shown: dict[str, Any] = {
        **customer_card.profile(contact),
        **customer_card.figures(contact, tenant=request.tenant, at=timezone.now()),
        **customer_events.shown(request, contact),
        **customer_card.consents(contact),
        "consent_form": consent_form or ConsentForm(initial={"happened_on": timezone.localdate()}),
        "suggestions": customer_card.suggestions(contact),
    }
    return render(request, PAGE, shown, status=200 if consent_form is None else 422)


def _timeline(request: htmx.Request, contact: Contact, *, note_error: str = "") -> HttpResponse:
    shown = {
        "contact": contact,
        "is_part": True,
        "note_error": note_error,
        **customer_events.shown(request, contact),
    }
    return render(request, f"{PAGE}#timeline", shown)


def _profile(
    request: htmx.Request, contact: Contact, *, is_editing: bool, form: forms.Form | None = None
) -> HttpResponse:
    shown = {**customer_card.profile(contact), "form": form, "is_editing": is_editing, "is_part": True}
    status = 422 if form is not None and form.errors else 200
    return render(request, "customers/profile.html", shown, status=status)
