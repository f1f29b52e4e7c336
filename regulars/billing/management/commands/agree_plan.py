"""``agree_plan --tenant S --plan P``: a plan by agreement, without Stripe."""

from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from regulars.billing import plans, subscriptions
from regulars.billing.models import Payer
from regulars.platform import errors
from regulars.platform.operators import OperatorCommand
from regulars.tenants.models import Tenant


class NoSuchTenant(errors.NotFound):
    code = "no_such_tenant"


class Command(OperatorCommand):
    help = "Give a tenant a plan that is paid by agreement, or by nobody."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, help="the first part of its address")
        parser.add_argument("--plan", required=True, choices=[plan.code for plan in plans.listed()])

    def work(self, **options: Any) -> dict[str, Any]:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise NoSuchTenant(f"There is no tenant {options['tenant']}.")
        row = subscriptions.agree(
            tenant=tenant.schema_name,
            plan=options["plan"],
            payer=Payer.MANUAL,
            at=timezone.now(),
            cause="operator",
        )
        self.say(f"{tenant.name}: {row.plan}, {row.state}")
        return {"tenant": tenant.slug, "plan": row.plan, "state": row.state}
