"""The subscriber's own settings: what the workspace is called, where it is, who belongs to it."""

from django.conf import settings
from django.utils.translation import gettext as _

from regulars.platform import errors, tenancy, zones
from regulars.tenants import resolving
from regulars.tenants.models import Membership, Tenant

MAX_NAME_CHARACTERS = 120
LANGUAGES = frozenset(code for code, _name in settings.LANGUAGES)


class InvalidWorkspace(errors.Invalid):
    """``field`` names what is wrong: "name", "time_zone" or "language"."""

    code = "invalid_workspace"

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


@tenancy.atomic
def change(*, name: str, time_zone: str, language: str) -> None:
    """Rename the open tenant's workspace and move its calendar. Its currency never changes.

    Other processes notice within half a minute. Raises InvalidWorkspace.
    """
    name = name.strip()
    if not name or len(name) > MAX_NAME_CHARACTERS:
        raise InvalidWorkspace(
            _("A workspace needs a name of at most %(most)d letters.") % {"most": MAX_NAME_CHARACTERS},
            field="name",
        )
    if time_zone not in zones.names():
        raise InvalidWorkspace(_("There is no such time zone."), field="time_zone")
    if language not in LANGUAGES:
        raise InvalidWorkspace(_("This language is not offered."), field="language")
    schema = tenancy.current()
    with tenancy.shared():
        Tenant.objects.filter(schema_name=schema).update(name=name, time_zone=time_zone, language=language)
    tenancy.after_commit(resolving.forget)


def current() -> resolving.Resolved:
    """The open tenant, as requests carry it."""
    schema = tenancy.current()
    with tenancy.shared():
        return resolving.described(Tenant.objects.get(schema_name=schema))


def language() -> str:
    """What the open tenant speaks: for words that are kept while nobody looks."""
    schema = tenancy.current()
    with tenancy.shared():
        return Tenant.objects.values_list("language", flat=True).get(schema_name=schema)


def members() -> list[Membership]:
    """Who belongs to the open tenant, with their person, in the order they joined."""
    schema = tenancy.current()
    with tenancy.shared():
        rows = Membership.objects.filter(tenant__schema_name=schema).select_related("person")
        return list(rows.order_by("joined_at", "pk"))
