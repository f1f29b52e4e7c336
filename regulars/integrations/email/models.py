"""Campaigns, who gets them, what became of each mail, and from which address mail may be sent."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from regulars.crm_core.customers.models import Contact
from regulars.crm_core.insight.models import Segment
from regulars.platform import ids
from regulars.platform.fields import EncryptedJSONField
from regulars.platform.privacy import Personal


class Sender(models.Model):
    """One row: in whose name mail goes out, and what the law wants at its foot."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=120, blank=True)
    address = models.CharField(max_length=254, blank=True)  # of a verified domain; empty: the house's own
    reply_to = models.CharField(max_length=254, blank=True)
    company = models.CharField(max_length=200, blank=True)
    postal_address = models.CharField(max_length=500, blank=True)
    changed_at = models.DateTimeField()

    personal = {
        "name": Personal.NONE,
        "address": Personal.NONE,
        "reply_to": Personal.NONE,
        "company": Personal.NONE,
        "postal_address": Personal.NONE,
    }

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_row_of_sender")]

    def __str__(self) -> str:
        return self.name or self.address


class SendingDomain(models.Model):
    """A domain of the tenant's that mail may come from once DNS says so. ``private_key``: RSA, PEM."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    name = models.CharField(max_length=253)
    selector = models.CharField(max_length=40)
    private_key = EncryptedJSONField()
    public_key = models.TextField()  # as the DKIM record holds it: base64 of the DER
    findings = models.JSONField(default=dict)  # what DNS last said, record by record
    checked_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    missed_at = models.DateTimeField(null=True)  # while verified: when its key was first not found again
    lapsed_at = models.DateTimeField(null=True)  # when it was verified last, until it is again
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    personal = {
        "name": Personal.NONE,
        "selector": Personal.NONE,
        "private_key": Personal.NONE,
        "public_key": Personal.NONE,
        "findings": Personal.NONE,
    }

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), condition=Q(removed_at=None), name="one_domain_of_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class CampaignState(models.TextChoices):
    DRAFT = "draft"
    SENDING = "sending"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class Campaign(models.Model):
    """One mail to a segment: written as blocks, compiled at launch, its audience frozen as recipients.

    ``version`` counts the edits of the draft. ``letter`` and ``rules`` are what was launched.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    name = models.CharField(max_length=120)
    subject = models.CharField(max_length=200, blank=True)
    preview_text = models.CharField(max_length=200, blank=True)
    blocks = models.JSONField(default=list)
    segment = models.ForeignKey(Segment, null=True, on_delete=models.PROTECT, related_name="campaigns")
    state = models.CharField(max_length=10, choices=CampaignState, default="draft")
    version = models.PositiveIntegerField(default=1)
    letter = models.JSONField(null=True)
    rules = models.JSONField(null=True)
    from_name = models.CharField(max_length=120, blank=True)  # this and the next two: as launched
    from_address = models.CharField(max_length=254, blank=True)
    reply_to = models.CharField(max_length=254, blank=True)
    domain = models.ForeignKey(SendingDomain, null=True, on_delete=models.PROTECT, related_name="campaigns")
    problem = models.CharField(max_length=300, blank=True)
    server_away_until = models.DateTimeField(null=True)  # nothing is tried before
    server_away_times = models.PositiveSmallIntegerField(default=0)  # in a row
    launched_by = models.UUIDField(null=True)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    launched_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    personal = {
        "name": Personal.NONE,
        "subject": Personal.NONE,
        "preview_text": Personal.NONE,
        "blocks": Personal.NONE,
        "letter": Personal.NONE,
        "rules": Personal.NONE,
        "from_name": Personal.NONE,
        "from_address": Personal.NONE,
        "reply_to": Personal.NONE,
        "problem": Personal.NONE,
    }

    class Meta:
        indexes = [models.Index(fields=["-made_at", "-id"], name="campaigns_newest")]

    def __str__(self) -> str:
        return self.name


class Link(models.Model):
    """Where a link of a launched campaign leads; mails carry its number, never the address."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="links", db_index=False)
    position = models.PositiveSmallIntegerField()
    url = models.TextField()

    personal = {"url": Personal.NONE}

    class Meta:
        constraints = [models.UniqueConstraint("campaign", "position", name="one_link_a_position")]

    def __str__(self) -> str:
        return self.url


class RecipientState(models.IntegerChoices):
    """pending -> claimed -> inflight -> sent; what else can become of a mail has a state of its own."""

    PENDING = 0
    CLAIMED = 1  # a worker has it, nothing was handed over yet
    INFLIGHT = 2  # being handed over: after a crash nobody knows, hence UNCERTAIN
    SENT = 3
    UNCERTAIN = 4  # never sent again blindly: the owner decides
    SKIPPED = 5  # consent, suppression or the plan changed since launch; ``reason`` says which
    REFUSED = 6  # the receiver said no for good


class Recipient(models.Model):
    """The sending ledger: one row for each mail of a campaign, and all that is known of it."""

    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, related_name="recipients", db_index=False
    )
    # Not indexed alone: the constraint begins with it, and every index costs a launch a second.
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="mails", db_index=False)
    email = models.CharField(max_length=254)
    state = models.PositiveSmallIntegerField(choices=RecipientState, default=RecipientState.PENDING)
    worker = models.CharField(max_length=60, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)  # the first by a human
    clicked_at = models.DateTimeField(null=True)  # the first by a human
    unsubscribed_at = models.DateTimeField(null=True)

    personal = {"email": Personal.PSEUDONYM, "worker": Personal.NONE, "reason": Personal.NONE}

    class Meta:
        constraints = [
            models.UniqueConstraint("contact", "campaign", name="one_mail_a_contact"),
            models.UniqueConstraint(F("campaign"), Lower("email"), name="one_mail_an_address"),
        ]
        indexes = [
            models.Index(fields=["campaign", "id"], name="recipients_pending", condition=Q(state=0)),
            models.Index(fields=["lease_until"], name="recipients_leased", condition=Q(state__in=[1, 2])),
        ]

    def __str__(self) -> str:
        return self.email


class Touch(models.Model):
    """One opening or click, with our verdict on who it was. No address of the reader's machine is kept."""

    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE, related_name="touches")
    kind = models.CharField(max_length=5, choices={"open": "open", "click": "click"})
    link = models.ForeignKey(Link, null=True, on_delete=models.CASCADE, db_index=False)
    verdict = models.CharField(
        max_length=8,
        choices={"human": "human", "bot": "bot", "prefetch": "prefetch", "unknown": "unknown"},
    )
    agent = models.CharField(max_length=200, blank=True)
    happened_at = models.DateTimeField()

    personal = {"agent": Personal.BLANK}

    def __str__(self) -> str:
        return f"{self.kind} {self.verdict}"


class Suppression(models.Model):
    """An address that gets no marketing mail whatever its contact says. Only a keyed hash is kept."""

    email_hash = models.CharField(max_length=64, unique=True)
    reason = models.CharField(
        max_length=12,
        choices={"bounce": "bounce", "complaint": "complaint", "staff": "staff", "erased": "erased"},
    )
    happened_at = models.DateTimeField()

    personal = {"email_hash": Personal.KEEP}

    def __str__(self) -> str:
        return self.reason


class Attribution(models.Model):
    """An order that followed a click: the last human one within the window, by a rule that is named."""

    order_id = models.UUIDField(unique=True)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="attributions")
    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE, db_index=False)
    touch = models.ForeignKey(Touch, on_delete=models.CASCADE, db_index=False)
    rule = models.CharField(max_length=20)
    touched_at = models.DateTimeField()
    decided_at = models.DateTimeField()

    personal = {"rule": Personal.NONE}

    def __str__(self) -> str:
        return f"{self.order_id}"
