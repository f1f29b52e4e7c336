"""``rotate_keys``: wrap every tenant's data keys with the newest master key."""

from typing import Any

from regulars.platform import secrets, tenancy
from regulars.platform.models import DataKey
from regulars.platform.operators import OperatorCommand


class Command(OperatorCommand):
    help = (
        "After a new key was put in front of REGULARS_MASTER_KEYS: afterwards the old one can be taken out."
    )

    def work(self, **options: Any) -> dict[str, Any]:
        wrapped = 0
        with tenancy.shared():
            tenants = list(DataKey.objects.order_by("tenant").values_list("tenant", flat=True).distinct())
            for tenant in tenants:
                wrapped += secrets.rewrap(tenant=tenant)
        self.say(f"{wrapped} data keys of {len(tenants)} tenants are wrapped with the newest master key.")
        return {"tenants": len(tenants), "keys": wrapped}
