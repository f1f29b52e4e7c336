"""Forms about who belongs to a workspace."""

from django import forms
from django.utils.translation import gettext_lazy as _

from regulars.tenants.models import Role
from regulars.web.forms.public import MAX_PASSWORD_LETTERS

# Said with what it opens, because the word alone does not tell.
ROLES = (
    (Role.STAFF, _("Staff: customers, orders, segments and writing campaigns")),
    (Role.OWNER, _("Owner: everything, with sending, shops, billing and people")),
)


class InviteForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(label=_("Role"), choices=ROLES, initial=Role.STAFF)


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=ROLES)


class JoinForm(forms.Form):
    """What an invited person has to give: nothing more than their password when they have an account."""

    name = forms.CharField(
        label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(label=_("Password"), max_length=MAX_PASSWORD_LETTERS, strip=False)

    def __init__(self, *given: object, is_known: bool, **named: object) -> None:
        super().__init__(*given, **named)  # type: ignore[arg-type]
        if is_known:
            del self.fields["name"]
        kind = "current-password" if is_known else "new-password"
        self.fields["password"].widget = forms.PasswordInput(attrs={"autocomplete": kind})
        self.fields["password"].help_text = "" if is_known else _("At least 10 characters.")
