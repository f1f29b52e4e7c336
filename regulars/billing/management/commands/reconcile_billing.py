"""``reconcile_billing``: ask for every subscription anew, now instead of tonight."""

from typing import Any

from django.utils import timezone

from regulars.billing import clock
from regulars.platform.operators import OperatorCommand


class Command(OperatorCommand):
    help = "Ask the payment service for every subscription and mend what no event has told."

    def work(self, **options: Any) -> dict[str, Any]:
        counts = clock.reconcile(at=timezone.now())
        self.say("{asked} asked, {drifted} mended, {failed} failed".format(**counts))
        return counts
