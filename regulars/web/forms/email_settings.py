"""Forms of the settings for e-mail."""

from django import forms
from django.utils.translation import gettext_lazy as _

MAX_ADDRESS_LETTERS = 254
MAX_NAME_LETTERS = 120
MAX_COMPANY_LETTERS = 200
MAX_POSTAL_LETTERS = 500


class SenderForm(forms.Form):
    name = forms.CharField(
        label=_("Sender's name"),
        required=False,
        max_length=MAX_NAME_LETTERS,
        help_text=_("What readers see first. Left empty: the workspace's name."),
    )
    address = forms.CharField(
        label=_("From address"),
        required=False,
        max_length=MAX_ADDRESS_LETTERS,
        help_text=_("Of a domain that is verified below."),
        widget=forms.TextInput(attrs={"inputmode": "email", "autocomplete": "off", "spellcheck": "false"}),
    )
    reply_to = forms.CharField(
        label=_("Answers go to"),
        required=False,
        max_length=MAX_ADDRESS_LETTERS,
        widget=forms.TextInput(attrs={"inputmode": "email", "autocomplete": "off", "spellcheck": "false"}),
    )
    company = forms.CharField(label=_("Company"), required=False, max_length=MAX_COMPANY_LETTERS)
    postal_address = forms.CharField(
        label=_("Postal address"),
        required=False,
        max_length=MAX_POSTAL_LETTERS,
        help_text=_("Stands at the foot of every campaign, as the law asks. Without it none can be sent."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class DomainForm(forms.Form):
    name = forms.CharField(
        label=_("Domain"),
        max_length=MAX_ADDRESS_LETTERS,
        widget=forms.TextInput(
            attrs={"placeholder": "shop.example", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
