"""A tenant as an operator names it: by its slug."""

from regulars.platform import errors, tenancy
from regulars.tenants.models import Tenant, TenantState


class UnknownTenant(errors.NotFound):
    code = "unknown_tenant"


def tenant_called(slug: str) -> Tenant:
    """The active tenant with this slug. Raises UnknownTenant."""
    with tenancy.shared():
        row = Tenant.objects.filter(slug=slug.strip().lower(), state=TenantState.ACTIVE).first()
    if row is None:
        raise UnknownTenant(f"There is no tenant called {slug!r}.")
    return row
