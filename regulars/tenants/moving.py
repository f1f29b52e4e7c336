"""Rows about tenants that go: exports that owners asked for, and what was deleted when."""

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from regulars.platform import ids
from regulars.platform.privacy import Personal

KEEP_FILE = timedelta(days=7)


class Export(models.Model):
    """A zip that an owner asked for: made by a worker, kept sealed for seven days."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    tenant = models.ForeignKey("Tenant", on_delete=models.CASCADE, related_name="exports")
    asked_by = models.UUIDField()
    asked_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    ready_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    rows_count = models.BigIntegerField(default=0)
    size_bytes = models.BigIntegerField(default=0)

    personal: dict[str, Personal] = {}

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "tenant", name="one_export_at_a_time", condition=Q(ready_at=None, failed_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id} {self.asked_at}"

    def ends_at(self) -> datetime:
        """When its file goes."""
        return (self.ready_at or self.asked_at) + KEEP_FILE


class Deletion(models.Model):
    """That a tenant was deleted, when, and how much of what: never who they or their customers were."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    tenant_id = models.UUIDField()
    schema_name = models.CharField(max_length=63)
    cause = models.CharField(max_length=20)  # "owner" or "operator"
    deleted_at = models.DateTimeField()
    rows = models.JSONField(default=dict)  # table -> rows
    elsewhere = models.JSONField(default=dict)  # sessions, files, cache keys
    is_role_gone = models.BooleanField()
    people = ArrayField(models.UUIDField(), default=list)  # whose sessions must end; emptied then
    finished_at = models.DateTimeField(null=True)

    personal = {
        "schema_name": Personal.NONE,
        "cause": Personal.NONE,
        "rows": Personal.NONE,
        "elsewhere": Personal.NONE,
        "people": Personal.BLANK,
    }

    class Meta:
        indexes = [models.Index(fields=["deleted_at"], name="deletions_open", condition=Q(finished_at=None))]

    def __str__(self) -> str:
        return f"{self.schema_name} {self.deleted_at}"
