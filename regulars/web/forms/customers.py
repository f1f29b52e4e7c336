"""Forms about a customer: who they are, what they said, what we write about them."""

from babel import Locale
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from regulars.crm_core.customers.models import Channel
from regulars.web import formats, words

MAX_NOTE_LETTERS = 10_000
MAX_TAG_LETTERS = 40
MAX_GROUND_LETTERS = 200
MAX_EVIDENCE_LETTERS = 5_000


def countries() -> list[tuple[str, str]]:
    locale: Locale = formats.locale()
    named = ((code, name) for code, name in locale.territories.items() if len(code) == 2 and code.isalpha())
    return [("", "—"), *sorted(named, key=lambda pair: pair[1])]


class ProfileForm(forms.Form):
    """What staff may say of a person. The e-mail address is who they are: see the links."""

    first_name = forms.CharField(label=_("First name"), max_length=120, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=120, required=False)
    phone = forms.CharField(
        label=_("Phone"), max_length=40, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    company = forms.CharField(label=_("Company"), max_length=200, required=False)
    city = forms.CharField(label=_("City"), max_length=120, required=False)
    country_code = forms.ChoiceField(label=_("Country"), choices=countries, required=False)


class NewCustomerForm(ProfileForm):
    email = forms.EmailField(
        label=_("E-mail address"),
        help_text=_("Orders from this address will be found here."),
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "off"}),
    )
    field_order = ["email", "first_name", "last_name", "phone", "company", "city", "country_code"]


class NoteForm(forms.Form):
    body = forms.CharField(
        max_length=MAX_NOTE_LETTERS, error_messages={"required": _("Write something first.")}
    )


class TagForm(forms.Form):
    name = forms.CharField(max_length=MAX_TAG_LETTERS)


class ConsentForm(forms.Form):
    channel = forms.ChoiceField(
        label=_("Channel"), choices=lambda: [(code, words.channel(code)) for code in Channel.values]
    )
    is_given = forms.TypedChoiceField(
        label=_("What was said"),
        choices=[("yes", _("Yes, you may write to me")), ("no", _("No, do not write to me"))],
        coerce=lambda word: word == "yes",
    )
    happened_on = forms.DateField(
        label=_("When"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    ground = forms.CharField(
        label=_("How we know"),
        max_length=MAX_GROUND_LETTERS,
        help_text=_("For example: “on the phone”, “form at the till”."),
    )
    evidence = forms.CharField(
        label=_("The words that were agreed to"),
        max_length=MAX_EVIDENCE_LETTERS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean_happened_on(self) -> object:
        day = self.cleaned_data["happened_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("That day is still to come."))
        return day
