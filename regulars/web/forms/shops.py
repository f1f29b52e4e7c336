"""Forms that connect a shop."""

from django import forms
from django.utils.translation import gettext_lazy as _

MAX_KEY_LETTERS = 200


class WooCommerceForm(forms.Form):
    url = forms.CharField(
        label=_("Address of the shop"),
        max_length=300,
        widget=forms.URLInput(
            attrs={"placeholder": "https://shop.example", "autofocus": True, "autocomplete": "url"}
        ),
    )
    key = forms.CharField(
        label=_("Consumer key"),
        max_length=MAX_KEY_LETTERS,
        widget=forms.TextInput(attrs={"placeholder": "ck_…", "autocomplete": "off", "spellcheck": "false"}),
    )
    secret = forms.CharField(
        label=_("Consumer secret"),
        max_length=MAX_KEY_LETTERS,
        help_text=_("Kept encrypted with a key of your workspace alone."),
        widget=forms.PasswordInput(
            attrs={"placeholder": "cs_…", "autocomplete": "off", "spellcheck": "false"}, render_value=False
        ),
    )
    name = forms.CharField(
        label=_("What to call it"),
        max_length=200,
        required=False,
        help_text=_("The shop's own name when left empty."),
    )

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"]).strip()
        return url if "://" in url else f"https://{url}"


class PushForm(forms.Form):
    name = forms.CharField(
        label=_("What to call it"), max_length=200, widget=forms.TextInput(attrs={"autofocus": True})
    )
    url = forms.URLField(
        label=_("Address of the shop"), max_length=300, required=False, assume_scheme="https"
    )
