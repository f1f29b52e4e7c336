"""The tenant's connections to shops and how far each has been read."""

from django.db import models

from regulars.integrations.shop.connector import Door
from regulars.platform import ids
from regulars.platform.fields import EncryptedJSONField
from regulars.platform.privacy import Personal


class ConnectionState(models.TextChoices):
    ACTIVE = "active"
    BROKEN = "broken"  # the shop refuses our keys, or a hook was switched off
    REMOVED = "removed"


class Connection(models.Model):
    """One shop of the tenant: how we call it, and what deliveries are signed with."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    url = models.CharField(max_length=300, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    credentials = EncryptedJSONField(default=dict)
    state = models.CharField(max_length=8, choices=ConnectionState, default="active")
    problem = models.CharField(max_length=300, blank=True)
    hooks = models.JSONField(default=list)  # [{"topic", "id"}]: what we installed at the shop
    connected_at = models.DateTimeField()
    last_delivery_at = models.DateTimeField(null=True)
    last_order_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    personal = {
        "kind": Personal.NONE,
        "name": Personal.NONE,
        "url": Personal.NONE,
        "currency": Personal.NONE,
        "credentials": Personal.NONE,
        "problem": Personal.NONE,
        "hooks": Personal.NONE,
    }

    def __str__(self) -> str:
        return self.name

    def door(self) -> Door:
        """This connection as its adapter needs it."""
        words = self.credentials or {}
        return Door(
            url=self.url,
            currency=self.currency,
            key=words.get("key", ""),
            secret=words.get("secret", ""),
            signing_secrets=tuple(words.get("signing_secrets", ())),
        )


class Cursor(models.Model):
    """How far one kind of rows of one connection has been read, and whether all of history is here."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="cursors")
    kind = models.CharField(max_length=12)
    position = models.JSONField(default=dict)
    rows_done = models.BigIntegerField(default=0)
    rows_expected = models.BigIntegerField(null=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)

    personal = {"kind": Personal.NONE, "position": Personal.NONE, "problem": Personal.NONE}

    class Meta:
        constraints = [models.UniqueConstraint("connection", "kind", name="one_cursor_a_kind")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.rows_done}"
