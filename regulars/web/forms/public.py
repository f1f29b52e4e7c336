"""Forms of the public site."""

from typing import Any

from babel import Locale, UnknownLocaleError
from django import forms
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

from regulars.platform import zones

# Offered first: what most small shops sell in. Any other ISO 4217 code can be chosen below them.
COMMON_CURRENCIES = ("EUR", "USD", "GBP", "CNY", "AUD", "CAD", "CHF", "JPY", "SEK", "NOK", "DKK", "PLN")
MAX_PASSWORD_LETTERS = 200


def _locale() -> Locale:
    try:
        return Locale.parse(to_locale(get_language() or "en"))
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def currencies() -> list[tuple[str, str]]:
    names = {str(code): str(name) for code, name in _locale().currencies.items()}
    rest = sorted(code for code in names if len(code) == 3 and code not in COMMON_CURRENCIES)
    return [(code, f"{code} · {names.get(code, code)}") for code in (*COMMON_CURRENCIES, *rest)]


def time_zones() -> list[tuple[str, str]]:
    places = sorted(name for name in zones.names() if "/" in name and not name.startswith("Etc/"))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in places)]


class SignUpForm(forms.Form):
    company = forms.CharField(
        label=_("Shop or company"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )
    email = forms.EmailField(
        label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=MAX_PASSWORD_LETTERS,
        help_text=_("At least 10 characters."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
    )
    currency = forms.ChoiceField(
        label=_("Currency"),
        choices=currencies,
        help_text=_("All figures are shown in it; it cannot change later."),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=time_zones, widget=forms.Select(attrs={"data-guess": "time-zone"})
    )

    def __init__(self, *args: Any, is_known: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_known:  # a signed-in person opens a further workspace
            del self.fields["email"], self.fields["password"]


class SignInForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=MAX_PASSWORD_LETTERS,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        strip=False,
    )


class NewPasswordForm(forms.Form):
    password = forms.CharField(
        label=_("New password"),
        max_length=MAX_PASSWORD_LETTERS,
        strip=False,
        help_text=_("At least 10 characters."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "autofocus": True}),
    )


class FindWorkspaceForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )
