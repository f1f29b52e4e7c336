"""What a tenant may use. The core asks here; billing writes here."""

from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.platform import errors, tenancy
from regulars.tenants.models import Entitlement, Tenant

# What a trial is given. None: without limit.
TRIAL: dict[str, int | None] = {"contacts": None, "shops": None, "api": None, "members": None, "mails": None}
FEATURES: dict[str, Promise] = {  # as a refusal calls them
    "contacts": gettext_lazy("customers"),
    "shops": gettext_lazy("shops"),
    "api": gettext_lazy("API keys"),
    "members": gettext_lazy("team members"),
    "mails": gettext_lazy("campaign mails"),  # a calendar month; not granted: none may be sent
}


class NotEntitled(errors.Refused):
    """The tenant's plan does not hold this."""

    status = 402
    code = "not_entitled"


def grant_trial(*, tenant: Tenant, at: datetime) -> None:
    """The rights of a new subscriber."""
    Entitlement.objects.bulk_create(
        Entitlement(tenant=tenant, feature=feature, amount=amount, granted_at=at)
        for feature, amount in TRIAL.items()
    )


def of(*, tenant: str) -> dict[str, int | None]:
    """Feature -> amount (None: without limit) of the tenant with this schema name."""
    with tenancy.shared():
        rows = Entitlement.objects.filter(tenant__schema_name=tenant)
        return dict(rows.values_list("feature", "amount"))


def may_mail(*, tenant: str) -> bool:
    """May the tenant with this schema name send campaign mail at all just now?"""
    amount = of(tenant=tenant).get("mails", 0)
    return amount is None or amount > 0


def require(feature: str, *, used: int = 0) -> None:
    """Raises NotEntitled unless the open tenant may use ``feature`` once more, having used it so often."""
    granted = of(tenant=tenancy.current())
    amount = granted.get(feature, 0)
    if amount is not None and used >= amount:
        wanted = FEATURES.get(feature, feature)
        raise NotEntitled(_("Your plan does not include more %(feature)s.") % {"feature": wanted})
