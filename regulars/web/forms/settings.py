"""Forms of the workspace's and the person's settings."""

from decimal import Decimal

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from regulars.web.forms.public import MAX_PASSWORD_LETTERS, currencies, time_zones

MAX_NAME_LETTERS = 120
LARGEST_RATE = Decimal("9999999999")
OF_WORKSPACE = _("As the workspace")


class WorkspaceForm(forms.Form):
    name = forms.CharField(label=pgettext_lazy("of a workspace", "Name"), max_length=MAX_NAME_LETTERS)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=time_zones,
        help_text=_("Where a day begins in figures and reports."),
    )
    language = forms.ChoiceField(
        label=_("Language"),
        choices=settings.LANGUAGES,
        help_text=_("For members who have not chosen their own."),
    )


class MarginForm(forms.Form):
    percent = forms.DecimalField(
        label=_("Margin on goods, in percent"),
        required=False,
        min_value=0,
        max_value=100,
        decimal_places=2,
        help_text=_("Used where a product's cost is not known. Leave it empty to show no estimate."),
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01"}),
    )


class RateForm(forms.Form):
    currency = forms.ChoiceField(label=_("Currency"), choices=currencies)
    rate = forms.DecimalField(
        label=_("Worth of one unit"),
        max_value=LARGEST_RATE,
        max_digits=19,
        decimal_places=9,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "any"}),
    )
    valid_from = forms.DateField(
        label=_("From"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def clean_rate(self) -> Decimal:
        rate: Decimal = self.cleaned_data["rate"]
        if rate <= 0:
            raise forms.ValidationError(_("A rate is more than zero."))
        return rate


class AccountForm(forms.Form):
    name = forms.CharField(label=_("Your name"), max_length=MAX_NAME_LETTERS)
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", OF_WORKSPACE), *settings.LANGUAGES]
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), required=False, choices=lambda: [("", OF_WORKSPACE), *time_zones()]
    )


class PasswordForm(forms.Form):
    present = forms.CharField(
        label=_("Present password"),
        max_length=MAX_PASSWORD_LETTERS,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    password = forms.CharField(
        label=_("New password"),
        max_length=MAX_PASSWORD_LETTERS,
        strip=False,
        help_text=_("At least 10 characters. You stay signed in here, and are signed out elsewhere."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
