"""Who subscribes, who logs in, and by which doors the outside comes in. All of it in the public schema."""

from datetime import datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django_tenants.models import DomainMixin, TenantMixin

from regulars.platform import ids
from regulars.platform.privacy import Personal
from regulars.tenants.moving import Deletion, Export

__all__ = ["Deletion", "Export"]  # Django finds models here

HANDOVER_LIVES = timedelta(seconds=60)


class TenantState(models.TextChoices):
    SPARE = "spare"  # a ready schema that belongs to nobody yet
    ACTIVE = "active"


class Access(models.TextChoices):
    """How far a tenant's members and partners may go. Shops' deliveries are taken in all of them."""

    FULL = "full"
    READ_ONLY = "read_only"  # everything is seen, nothing changed, nobody mailed
    BILLING_ONLY = "billing_only"  # sign-in, billing and export
    LEAVING = "leaving"  # the same, while its deletion is asked for; never stored


class Tenant(TenantMixin):
    """One subscriber and the schema that holds their customers. ``schema_name`` never changes."""

    auto_create_schema = False
    auto_drop_schema = False

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    slug = models.CharField(max_length=40, null=True, unique=True)  # noqa: DJ001 (a spare has none)
    name = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=8, choices=TenantState, default="spare")
    currency = models.CharField(max_length=3, blank=True)
    time_zone = models.CharField(max_length=60, default="UTC")
    language = models.CharField(max_length=10, default="en")
    schema_version = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField()
    subscribed_at = models.DateTimeField(null=True)
    access = models.CharField(max_length=12, choices=Access, default="full", db_default="full")
    deletion_due_at = models.DateTimeField(null=True)  # taken back till then, or gone
    quarantined_at = models.DateTimeField(null=True)  # its migration failed: 503 until one succeeds
    quarantine_reason = models.TextField(blank=True, default="", db_default="")

    personal = {
        "schema_name": Personal.NONE,
        "slug": Personal.NONE,
        "name": Personal.NONE,
        "currency": Personal.NONE,
        "time_zone": Personal.NONE,
        "language": Personal.NONE,
        "schema_version": Personal.NONE,
        "quarantine_reason": Personal.NONE,
    }

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="spare", slug=None) | ~Q(state="spare") & ~Q(slug=None),
                name="a_subscriber_has_a_slug",
            ),
        ]
        indexes = [
            models.Index(fields=["made_at"], name="spare_tenants", condition=Q(state="spare")),
            models.Index(
                fields=["schema_name"], name="quarantined_tenants", condition=~Q(quarantined_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.schema_name

    @property
    def reach(self) -> str:
        """How far its members and partners may go just now."""
        return str(Access.LEAVING if self.deletion_due_at else self.access)


class Domain(DomainMixin):
    """A host name under which a tenant's site answers: the whole name, without the port."""

    personal = {"domain": Personal.NONE}

    def __str__(self) -> str:
        return str(self.domain)


class PersonManager(BaseUserManager["Person"]):
    def get_by_natural_key(self, email: str | None) -> "Person":
        return self.get(email=(email or "").strip().lower())


class Person(AbstractBaseUser):
    """Somebody who logs in: one identity, memberships in several tenants."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    email = models.EmailField(unique=True)  # lower case
    name = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=10, blank=True)
    time_zone = models.CharField(max_length=60, blank=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    objects = PersonManager()
    personal = {
        "password": Personal.BLANK,
        "email": Personal.PSEUDONYM,
        "name": Personal.BLANK,
        "language": Personal.NONE,
        "time_zone": Personal.NONE,
    }

    def __str__(self) -> str:
        return self.name or self.email


class Role(models.TextChoices):
    OWNER = "owner"
    STAFF = "staff"


class Membership(models.Model):
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)
    joined_at = models.DateTimeField()

    personal: dict[str, Personal] = {}

    class Meta:
        constraints = [models.UniqueConstraint("person", "tenant", name="one_membership_a_person")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.role}"


class Invitation(models.Model):
    """Somebody asked to join a workspace; the mailed link has the token. Used or withdrawn, it is gone."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()  # lower case
    role = models.CharField(max_length=10, choices=Role)
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    invited_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")

    personal = {"email": Personal.PSEUDONYM, "token_hash": Personal.NONE}

    class Meta:
        constraints = [models.UniqueConstraint("tenant", "email", name="one_invitation_an_address")]

    def __str__(self) -> str:
        return str(self.pk)


class Handover(models.Model):
    """A one-time token that carries a sign-in from the public host to a tenant's host."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    token_hash = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    personal = {"token_hash": Personal.NONE}

    def __str__(self) -> str:
        return str(self.pk)

    def is_open(self, *, at: datetime) -> bool:
        return self.used_at is None and self.made_at <= at < self.made_at + HANDOVER_LIVES


class SignUp(models.Model):
    """A subscription that waits for its schema: made with the account, so that nothing typed is lost."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    slug = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    currency = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=60)
    language = models.CharField(max_length=10)
    tenant = models.ForeignKey(Tenant, null=True, on_delete=models.CASCADE)
    made_at = models.DateTimeField()

    personal = {
        "slug": Personal.NONE,
        "name": Personal.NONE,
        "currency": Personal.NONE,
        "time_zone": Personal.NONE,
        "language": Personal.NONE,
    }

    def __str__(self) -> str:
        return self.name


class SignInAttempt(models.Model):
    """A failed sign-in, counted per account and per address, kept for as long as it throttles."""

    email_hash = models.CharField(max_length=64)
    address = models.GenericIPAddressField(null=True)
    happened_at = models.DateTimeField()

    personal = {"email_hash": Personal.PSEUDONYM, "address": Personal.BLANK}

    class Meta:
        indexes = [
            models.Index(fields=["email_hash", "happened_at"], name="attempts_by_account"),
            models.Index(fields=["address", "happened_at"], name="attempts_by_address"),
        ]

    def __str__(self) -> str:
        return str(self.happened_at)


class Endpoint(models.Model):
    """The door of one shop connection: the key in its URL names the tenant, never a header."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    key = models.CharField(max_length=60, unique=True)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="endpoints")
    connection_id = models.UUIDField()
    kind = models.CharField(max_length=20)
    sealed_secrets = models.BinaryField()  # JSON list of strings, sealed with the tenant's data key
    closed_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()

    personal = {"key": Personal.NONE, "kind": Personal.NONE, "sealed_secrets": Personal.NONE}

    class Meta:
        indexes = [models.Index(fields=["tenant", "connection_id"], name="endpoints_of_connection")]

    def __str__(self) -> str:
        return f"{self.kind} {self.connection_id}"


class ApiKey(models.Model):
    """A partner's key: shown once, kept as a hash, found by its prefix."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    prefix = models.CharField(max_length=16, unique=True)
    secret_hash = models.CharField(max_length=64)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=120)
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    personal = {
        "prefix": Personal.NONE,
        "secret_hash": Personal.NONE,
        "name": Personal.NONE,
        "scopes": Personal.NONE,
    }

    def __str__(self) -> str:
        return self.name


class Entitlement(models.Model):
    """What a tenant may use. Billing writes it, the core asks ``entitlements``."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="entitlements")
    feature = models.CharField(max_length=40)
    amount = models.BigIntegerField(null=True)  # None: without limit
    granted_at = models.DateTimeField()

    personal = {"feature": Personal.NONE}

    class Meta:
        constraints = [models.UniqueConstraint("tenant", "feature", name="one_entitlement_a_feature")]

    def __str__(self) -> str:
        return f"{self.feature}: {self.amount}"
