"""Shared rows of one database ("cell"): bells, received deliveries, and the key of each tenant's secrets."""

from django.db import models
from django.db.models import Q

from regulars.platform import ids
from regulars.platform.privacy import Personal


class Bell(models.Model):
    """Somewhere in a tenant's schema something is due at a time. Shared, so that one look finds them all."""

    # No counter: to learn it back would need SELECT, and a tenant's role may only INSERT here.
    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    tenant = models.CharField(max_length=63)
    due_at = models.DateTimeField()

    personal = {"tenant": Personal.NONE}

    class Meta:
        db_table = "bells"
        indexes = [models.Index(fields=["due_at", "tenant"], name="bells_due")]

    def __str__(self) -> str:
        return f"{self.tenant} at {self.due_at}"


class Delivery(models.Model):
    """One signed delivery as it came in: raw, sealed with the tenant's data key, until it is dealt with."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    tenant = models.CharField(max_length=63)
    kind = models.CharField(max_length=12)  # who answers: "shop", later "stripe", "email"
    endpoint_id = models.UUIDField()
    connection_id = models.UUIDField(null=True)
    topic = models.CharField(max_length=80, blank=True)
    delivery_id = models.CharField(max_length=120, blank=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    bucket = models.BigIntegerField()  # hours since 1970: equal deliveries of one hour are one
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    outcome = models.CharField(max_length=60, blank=True)
    done_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)

    personal = {
        "tenant": Personal.NONE,
        "kind": Personal.NONE,
        "topic": Personal.NONE,
        "delivery_id": Personal.NONE,
        "headers": Personal.NONE,
        "body": Personal.BLANK,
        "sha256": Personal.NONE,
        "error": Personal.NONE,
        "outcome": Personal.NONE,
    }

    class Meta:
        db_table = "deliveries"
        constraints = [
            models.UniqueConstraint("endpoint_id", "topic", "sha256", "bucket", name="one_delivery_an_hour"),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "due_at"],
                name="deliveries_due",
                condition=Q(done_at=None) & Q(dead_at=None),
            ),
            models.Index(fields=["dead_at"], name="deliveries_dead", condition=~Q(dead_at=None)),
            models.Index(fields=["received_at"], name="deliveries_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.topic} {self.received_at}"


class DataKey(models.Model):
    """A key that seals one tenant's secrets, itself wrapped by a master key. Destroying it is forgetting."""

    tenant = models.CharField(max_length=63)
    version = models.PositiveSmallIntegerField(default=1)
    wrapped = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    # The schema whose values it sealed, when that is another one: of a tenant restored from a dump.
    bound_to = models.CharField(max_length=63, blank=True, db_default="")

    personal = {"tenant": Personal.NONE, "wrapped": Personal.NONE, "bound_to": Personal.NONE}

    class Meta:
        db_table = "data_keys"
        constraints = [models.UniqueConstraint("tenant", "version", name="one_key_a_version")]

    def __str__(self) -> str:
        return f"{self.tenant} v{self.version}"
