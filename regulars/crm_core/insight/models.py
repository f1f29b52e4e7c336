"""What the ledger says of each customer, and the one estimate the owner gives."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from regulars.crm_core.commerce.models import amount_field
from regulars.crm_core.customers.models import Contact
from regulars.platform import ids
from regulars.platform.privacy import Personal


class Stage(models.TextChoices):
    """Where a customer stands. The rule of each is in ``stages.py``."""

    LEAD = "lead"
    NEW = "new"
    REPEAT = "repeat"
    LOYAL = "loyal"
    AT_RISK = "at_risk"
    LAPSED = "lapsed"


class CustomerMetrics(models.Model):
    """Figures of one contact, recomputed from the ledger's rows; in the tenant's currency.

    ``elsewhere`` lists amounts that no rate was known for, currency -> amount as text: never added.
    """

    contact = models.OneToOneField(
        Contact, primary_key=True, on_delete=models.CASCADE, related_name="metrics"
    )
    orders_count = models.PositiveIntegerField(default=0)
    total_spent = amount_field()
    refunded = amount_field()
    profit = amount_field(null=True, default=None)
    profit_is_estimated = models.BooleanField(default=False)
    elsewhere = models.JSONField(default=dict)
    first_order_at = models.DateTimeField(null=True)
    last_order_at = models.DateTimeField(null=True)
    average_gap_days = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    stage = models.CharField(max_length=8, choices=Stage, default=Stage.LEAD)
    is_listed = models.BooleanField(default=True)  # False once the contact is folded into another
    computed_at = models.DateTimeField()

    personal = {"elsewhere": Personal.NONE}

    class Meta:
        indexes = [
            models.Index(
                fields=["-total_spent", "-contact"], name="metrics_by_spend", condition=Q(is_listed=True)
            ),
            models.Index(
                fields=["-orders_count", "-contact"], name="metrics_by_orders", condition=Q(is_listed=True)
            ),
            models.Index(
                models.F("last_order_at").desc(nulls_last=True),
                models.F("contact").desc(),
                name="metrics_by_last_order",
                condition=Q(is_listed=True),
            ),
            models.Index(
                models.F("profit").desc(nulls_last=True),
                models.F("contact").desc(),
                name="metrics_by_profit",
                condition=Q(is_listed=True),
            ),
            models.Index(fields=["stage", "-total_spent", "-contact"], name="metrics_by_stage"),
            models.Index(
                fields=["orders_count", "last_order_at"],
                name="metrics_by_count_and_last",
                condition=Q(is_listed=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id}: {self.total_spent}"


class Segment(models.Model):
    """Rules that say whom one means, under a name. Who belongs is asked anew each time.

    ``version`` counts the changes: who edits an older one is told instead of overwriting the newer.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    name = models.CharField(max_length=120)
    rules = models.JSONField()
    version = models.PositiveIntegerField(default=1)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    personal = {"name": Personal.NONE, "rules": Personal.NONE}

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("name"), condition=Q(removed_at=None), name="one_segment_of_a_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Assumptions(models.Model):
    """One row: what the owner told us where the shop is silent."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    margin_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    changed_at = models.DateTimeField(null=True)

    personal: dict[str, Personal] = {}

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="one_row_of_assumptions"),
            models.CheckConstraint(
                condition=Q(margin_percent__gte=0, margin_percent__lte=100) | Q(margin_percent=None),
                name="margin_is_a_percentage",
            ),
        ]

    def __str__(self) -> str:
        return f"margin {self.margin_percent} %"
