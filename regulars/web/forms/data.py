"""The form by which an owner has the workspace deleted."""

from django import forms
from django.utils.translation import gettext_lazy as _

MAX_NAME_LETTERS = 200


class LeaveForm(forms.Form):
    typed = forms.CharField(
        label=_("Type the workspace's name to confirm"),
        max_length=MAX_NAME_LETTERS,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
    )
