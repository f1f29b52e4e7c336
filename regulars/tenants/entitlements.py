"""What a tenant may use. The core asks here; billing writes here."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.platform import errors, tenancy
from regulars.tenants.models import Access, Entitlement, Tenant

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


class ReadOnly(errors.Refused):
    """The workspace owes money: what is there is seen, nothing is changed."""

    status = 402
    code = "read_only"


class BillingOnly(errors.Refused):
    """The workspace has owed money for long: only billing and export answer."""

    status = 402
    code = "billing_only"


class Leaving(errors.Refused):
    """The workspace will be deleted: only billing, export and taking it back answer."""

    status = 402
    code = "leaving"


def grant_trial(*, tenant: Tenant, at: datetime) -> None:
    """The rights of a new subscriber."""
    Entitlement.objects.bulk_create(
        Entitlement(tenant=tenant, feature=feature, amount=amount, granted_at=at)
        for feature, amount in TRIAL.items()
    )


@tenancy.atomic
def grant(*, tenant: Tenant, amounts: Mapping[str, int | None], access: Access, at: datetime) -> bool:
    """What the tenant may use from now on, and how far its people may go: the whole of it, whoever pays.

    A feature that ``amounts`` leaves out is withdrawn. True when something is different now.
    """
    with tenancy.shared():
        Tenant.objects.select_for_update().get(pk=tenant.pk)
        rows = Entitlement.objects.filter(tenant=tenant)
        held = dict(rows.values_list("feature", "amount"))
        changed = {feature: amount for feature, amount in amounts.items() if held.get(feature, -1) != amount}
        gone = rows.exclude(feature__in=list(amounts)).delete()[0]
        for feature, amount in changed.items():
            Entitlement.objects.update_or_create(
                tenant=tenant, feature=feature, defaults={"amount": amount, "granted_at": at}
            )
        is_moved = Tenant.objects.filter(pk=tenant.pk).exclude(access=access).update(access=access)
    return bool(changed or gone or is_moved)


def access(*, tenant: str) -> Access:
    """How far members and partners of the tenant with this schema name may go just now."""
    with tenancy.shared():
        return Access(Tenant.objects.get(schema_name=tenant).reach)


def permit(access: str, *, writes: bool) -> None:
    """Raises ReadOnly, BillingOnly or Leaving when ``access`` does not reach that far."""
    if access == Access.LEAVING:
        raise Leaving(_("This workspace will be deleted. Its owner can take that back."))
    if access == Access.BILLING_ONLY:
        raise BillingOnly(_("This workspace is suspended until its bill is paid. Its data is kept."))
    if access == Access.READ_ONLY and writes:
        raise ReadOnly(_("This workspace is read-only until its bill is paid. Nothing is lost."))


def of(*, tenant: str) -> dict[str, int | None]:
    """Feature -> amount (None: without limit) of the tenant with this schema name."""
    with tenancy.shared():
        rows = Entitlement.objects.filter(tenant__schema_name=tenant)
        return dict(rows.values_list("feature", "amount"))


def may_mail(*, tenant: str) -> bool:
    """May the tenant with this schema name send campaign mail at all just now?"""
    with tenancy.shared():
        rows = Entitlement.objects.filter(tenant__schema_name=tenant, tenant__deletion_due_at=None)
        amounts = list(rows.filter(feature="mails").values_list("amount", flat=True))
    return any(amount is None or amount > 0 for amount in amounts)


def require(feature: str, *, used: int = 0) -> None:
    """Raises NotEntitled unless the open tenant may use ``feature`` once more, having used it so often."""
    granted = of(tenant=tenancy.current())
    amount = granted.get(feature, 0)
    if amount is not None and used >= amount:
        wanted = FEATURES.get(feature, feature)
        raise NotEntitled(_("Your plan does not include more %(feature)s.") % {"feature": wanted})
