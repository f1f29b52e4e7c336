"""The form of an API key: what it is for, what it may do, how long."""

from collections.abc import Mapping

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from regulars.tenants import keys

SCOPES: Mapping[str, Promise] = {
    "customers:read": _("Read customers"),
    "customers:write": _("Change customers"),
    "orders:read": _("Read orders"),
    "products:read": _("Read products"),
    "segments:read": _("Read segments"),
    "segments:write": _("Make segments"),
    "campaigns:read": _("Read campaigns and their results"),
}
DAYS = [(30, _("30 days")), (90, _("90 days")), (365, _("One year")), (0, _("Without an end"))]


class KeyForm(forms.Form):
    name = forms.CharField(
        label=_("What it is for"),
        max_length=keys.MAX_NAME_CHARACTERS,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=lambda: [(scope, SCOPES.get(scope, scope)) for scope in keys.SCOPES],
        widget=forms.CheckboxSelectMultiple(attrs={"class": "check"}),
        error_messages={"required": _("Choose at least one thing that it may do.")},
    )
    days = forms.TypedChoiceField(label=_("How long it works"), coerce=int, choices=DAYS, initial=365)
