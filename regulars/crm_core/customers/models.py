"""Contacts, why each answers to an address, what they agreed to, and what staff wrote about them."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Concat, Lower, Right

from regulars.platform import ids
from regulars.platform.privacy import Personal


class Channel(models.TextChoices):
    EMAIL = "email"
    SMS = "sms"


PHONE_ENDING_DIGITS = 7
# The end of a number, digits only: however it is written, with or without its country.
PHONE_ENDING = Right(
    Func(
        F("phone"), Value(r"\D"), Value(""), Value("g"),
        function="regexp_replace", output_field=models.TextField(),
    ),
    PHONE_ENDING_DIGITS,
)  # fmt: skip


class ContactQuerySet(models.QuerySet["Contact"]):
    def live(self) -> "ContactQuerySet":
        """Contacts that were not folded into another."""
        return self.filter(merged_into=None)

    def matching(self, words: str) -> "ContactQuerySet":
        """Those whose name, e-mail address, company or city holds every word, in any order."""
        found = self
        for word in words.lower().split():
            found = found.filter(search_text__contains=word)
        return found

    def with_phone_ending(self, digits: str) -> "ContactQuerySet":
        """Live contacts whose number ends with these digits (PHONE_ENDING_DIGITS of them): candidates."""
        return self.live().exclude(phone="").alias(ending=PHONE_ENDING).filter(ending=digits)

    def with_reach(self, channel: Channel = Channel.EMAIL) -> "ContactQuerySet":
        """Adds ``is_reachable``: the newest word is consent. Nothing said means no."""
        newest = Consent.objects.filter(contact=OuterRef("pk"), channel=channel).newest_first()
        return self.annotate(is_reachable=Coalesce(Subquery(newest.values("is_given")[:1]), False))

    def reachable(self, channel: Channel = Channel.EMAIL) -> "ContactQuerySet":
        """Contacts we may send marketing mail to."""
        return self.live().with_reach(channel).filter(Q(is_reachable=True))


class Contact(models.Model):
    """A person who bought, or may buy, from the tenant's shops."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    email = models.CharField(max_length=254, blank=True)
    first_name = models.CharField(max_length=120, blank=True)
    last_name = models.CharField(max_length=120, blank=True)
    name = models.CharField(max_length=250, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    company = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=120, blank=True)
    region = models.CharField(max_length=120, blank=True)
    country_code = models.CharField(max_length=2, blank=True)
    source = models.CharField(max_length=40, blank=True)
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="absorbed")
    redacted_at = models.DateTimeField(null=True)
    appeared_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    search_text = models.GeneratedField(
        expression=Lower(
            Concat(
                "name", Value(" "), "email", Value(" "), "company", Value(" "), "city", Value(" "), "phone"
            )
        ),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = ContactQuerySet.as_manager()
    personal = {
        "email": Personal.PSEUDONYM,
        "first_name": Personal.BLANK,
        "last_name": Personal.BLANK,
        "name": Personal.BLANK,
        "phone": Personal.BLANK,
        "company": Personal.BLANK,
        "city": Personal.BLANK,
        "region": Personal.BLANK,
        "country_code": Personal.BLANK,
        "source": Personal.NONE,
        "tags": Personal.BLANK,
        "search_text": Personal.BLANK,
    }

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="contact_not_merged_into_itself"),
        ]
        indexes = [
            models.Index(fields=["name", "id"], name="contacts_by_name", condition=Q(merged_into=None)),
            models.Index(
                fields=["-appeared_at", "-id"], name="contacts_newest", condition=Q(merged_into=None)
            ),
            GinIndex(OpClass(F("search_text"), name="gin_trgm_ops"), name="contacts_by_words"),
            models.Index(PHONE_ENDING, name="contacts_by_phone", condition=~Q(phone="")),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_merged(self) -> bool:
        return self.merged_into_id is not None

    # Changes: absorb, release, describe, say and redact live in contacts.py's use cases through these.

    def say(self, channel: Channel, *, is_given: bool, ground: str, at: datetime, evidence: str = "") -> None:
        """Add one word about a channel. What holds is decided by reading, never by overwriting."""
        self.consents.create(
            channel=channel, is_given=is_given, ground=ground, evidence=evidence, happened_at=at
        )


class ConsentQuerySet(models.QuerySet["Consent"]):
    def newest_first(self) -> "ConsentQuerySet":
        return self.order_by("-happened_at", "is_given", "-pk")  # of two at once, the refusal


class Consent(models.Model):
    """What a contact said about one channel, and how we know. Append-only: the newest one holds."""

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="consents")
    channel = models.CharField(max_length=10, choices=Channel)
    is_given = models.BooleanField()
    ground = models.CharField(max_length=200)
    evidence = models.TextField(blank=True)
    happened_at = models.DateTimeField()

    objects = ConsentQuerySet.as_manager()
    personal = {"ground": Personal.KEEP, "evidence": Personal.KEEP}

    class Meta:
        indexes = [models.Index(fields=["contact", "channel", "-happened_at"], name="consent_newest")]

    def __str__(self) -> str:
        return f"{self.channel}: {'yes' if self.is_given else 'no'} ({self.ground})"


class LinkKind(models.TextChoices):
    EMAIL = "email", "e-mail address"
    SHOP = "shop", "shop customer id"


class Link(models.Model):
    """Why a contact answers to an address or a shop's customer id. Undone, never deleted.

    ``value`` is a normalised e-mail address, or ``<connection id>:<the shop's customer id>``.
    """

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="links")
    kind = models.CharField(max_length=10, choices=LinkKind)
    value = models.CharField(max_length=254)
    evidence = models.CharField(max_length=200)
    linked_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    personal = {"value": Personal.PSEUDONYM, "evidence": Personal.BLANK}

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "kind", "value", condition=Q(undone_at=None), name="one_contact_per_link"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class Note(models.Model):
    """What a member of staff wrote about a contact. Taken back, never deleted."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="notes")
    body = models.TextField()
    author_id = models.UUIDField(null=True)
    author_name = models.CharField(max_length=200, blank=True)
    written_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    personal = {"body": Personal.BLANK, "author_name": Personal.NONE}

    class Meta:
        indexes = [models.Index(fields=["contact", "-written_at"], name="notes_of_contact")]

    def __str__(self) -> str:
        return self.body[:60]
