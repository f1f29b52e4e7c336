"""What a customer said about being written to, as staff heard it."""

from datetime import datetime, time
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from regulars.crm_core.customers import consent, contacts
from regulars.crm_core.customers.models import Channel
from regulars.platform import errors
from regulars.web import htmx, toasts
from regulars.web.access import members
from regulars.web.forms.customers import ConsentForm
from regulars.web.views import customer


@members
@require_POST
def say(request: htmx.Request, contact_id: UUID) -> HttpResponse:
    contact, form = contacts.resolved(contact_id), ConsentForm(request.POST)
    if not form.is_valid():
        return customer.page(request, contact, consent_form=form)
    said = form.cleaned_data
    noon = timezone.make_aware(datetime.combine(said["happened_on"], time(12)))
    try:
        consent.say(
            contact=contact.pk,
            channel=Channel(said["channel"]),
            is_given=said["is_given"],
            ground=said["ground"],
            evidence=said["evidence"],
            happened_at=noon,
            at=timezone.now(),
            actor_id=request.person.pk,
        )
    except errors.Refused as refused:
        form.add_error("ground", str(refused))
        return customer.page(request, contact, consent_form=form)
    toasts.say(request, message=_("The word is recorded."))
    return redirect("customers:show", contact.pk)
