"""Who pays for what, what was billed, what was asked of the payer's side, and what changed: public schema."""

from django.db import models

from regulars.platform import ids
from regulars.platform.privacy import Personal
from regulars.tenants.models import Tenant


class Payer(models.TextChoices):
    STRIPE = "stripe"
    SHOPIFY = "shopify"
    MANUAL = "manual"  # by agreement, or nothing is to be paid


class Subscription(models.Model):
    """What a tenant is worth: one row a tenant, written by ``subscriptions`` only.

    ``remote`` is the last answer of the payer's side; state and plan follow from it and the time.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="subscription")
    payer = models.CharField(max_length=8, choices=Payer, default="manual")
    plan = models.CharField(max_length=20)
    state = models.CharField(max_length=12)
    trial_ends_at = models.DateTimeField()
    until = models.DateTimeField(null=True)  # when time alone changes the state
    customer_id = models.CharField(max_length=80, null=True, unique=True)  # noqa: DJ001 (most have none)
    remote_id = models.CharField(max_length=80, blank=True)
    remote = models.JSONField(null=True)
    answered_at = models.DateTimeField(null=True)
    is_over_limit = models.BooleanField(default=False)  # more contacts than the plan holds
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    personal = {
        "plan": Personal.NONE,
        "state": Personal.NONE,
        "customer_id": Personal.PSEUDONYM,
        "remote_id": Personal.NONE,
        "remote": Personal.NONE,
    }

    class Meta:
        indexes = [
            models.Index(fields=["until"], name="subscriptions_due", condition=~models.Q(until=None)),
            models.Index(fields=["remote_id"], name="subscriptions_by_remote"),
        ]

    def __str__(self) -> str:
        return f"{self.plan} {self.state}"


class Invoice(models.Model):
    """A bill of the payer's side, as it told of it last."""

    id = models.BigAutoField(primary_key=True)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="invoices")
    remote_id = models.CharField(max_length=80, unique=True)
    number = models.CharField(max_length=60, blank=True)
    amount = models.DecimalField(max_digits=19, decimal_places=4)
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=20)
    issued_at = models.DateTimeField()
    page_url = models.URLField(max_length=500, blank=True)

    personal = {
        "remote_id": Personal.NONE,
        "number": Personal.KEEP,
        "currency": Personal.NONE,
        "status": Personal.NONE,
        "page_url": Personal.NONE,
    }

    class Meta:
        indexes = [models.Index(fields=["tenant", "-issued_at"], name="invoices_newest")]

    def __str__(self) -> str:
        return self.number or self.remote_id


class CommandState(models.TextChoices):
    ASKED = "asked"  # the outcome is not known: asking again with the same key is safe
    DONE = "done"
    REFUSED = "refused"


class OutboxCommand(models.Model):
    """One thing asked of the payer's side; its key, with the same parameters, makes asking again harmless."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="billing_commands")
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=120, unique=True)
    state = models.CharField(max_length=8, choices=CommandState, default="asked")
    attempts = models.PositiveSmallIntegerField(default=0)
    parameters = models.JSONField(
        null=True
    )  # what is sent, where it must stay the same; gone once it is done
    result_id = models.CharField(max_length=120, blank=True)
    error = models.TextField(blank=True)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    personal = {
        "kind": Personal.NONE,
        "key": Personal.NONE,
        "parameters": Personal.BLANK,
        "result_id": Personal.NONE,
        "error": Personal.NONE,
    }

    class Meta:
        indexes = [models.Index(fields=["result_id"], name="commands_by_result")]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant"],
                name="one_customer_asked_for",
                condition=models.Q(kind="customer", state="asked"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class BillingLedger(models.Model):
    """What changed, from what to what, and why. Written once: a trigger refuses to change or remove it.

    Names its tenant by schema, so that it outlives the tenant.
    """

    id = models.BigAutoField(primary_key=True)
    tenant = models.CharField(max_length=63)
    happened_at = models.DateTimeField()
    what = models.CharField(max_length=20)
    before = models.CharField(max_length=80, blank=True)
    after = models.CharField(max_length=80, blank=True)
    cause = models.CharField(max_length=120)

    personal = {
        "tenant": Personal.NONE,
        "what": Personal.NONE,
        "before": Personal.NONE,
        "after": Personal.NONE,
        "cause": Personal.NONE,
    }

    class Meta:
        indexes = [models.Index(fields=["tenant", "id"], name="ledger_of_tenant")]

    def __str__(self) -> str:
        return f"{self.what}: {self.before} -> {self.after}"
