"""What happened in a tenant, and what each follower still owes it."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from regulars.platform.privacy import Personal

MAX_ATTEMPTS = 5
RETRY_AFTER = timedelta(minutes=1)  # doubles with each attempt
LEASE = timedelta(minutes=5)  # a follower that holds a reaction longer is taken for dead


class Fact(models.Model):
    """Something that happened, kept with the change itself: audit, timeline and trigger in one row."""

    name = models.CharField(max_length=80)
    subject_id = models.UUIDField()
    actor_id = models.UUIDField(null=True)
    origin = models.CharField(max_length=80, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    happened_at = models.DateTimeField()

    personal = {
        "name": Personal.NONE,
        "origin": Personal.NONE,
        "before": Personal.BLANK,
        "after": Personal.BLANK,
    }

    class Meta:
        indexes = [
            models.Index(fields=["subject_id", "-happened_at"], name="facts_of_subject"),
            models.Index(fields=["happened_at"], name="facts_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.subject_id}"


class ReactionQuerySet(models.QuerySet["Reaction"]):
    def due(self, *, at: datetime) -> "ReactionQuerySet":
        free = Q(locked_until=None) | Q(locked_until__lt=at)
        return self.filter(free, done_at=None, attempts__lt=MAX_ATTEMPTS, due_at__lte=at)

    def dead(self, *, at: datetime) -> "ReactionQuerySet":
        """Given up on: a person mends the cause and replays them."""
        free = Q(locked_until=None) | Q(locked_until__lt=at)
        return self.filter(free, done_at=None, attempts__gte=MAX_ATTEMPTS)


class Reaction(models.Model):
    """What one follower owes one fact."""

    fact = models.ForeignKey(Fact, on_delete=models.CASCADE, related_name="reactions")
    follower = models.CharField(max_length=120)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True)

    objects = ReactionQuerySet.as_manager()
    personal = {"follower": Personal.NONE, "error": Personal.BLANK}

    class Meta:
        constraints = [models.UniqueConstraint("fact", "follower", name="one_reaction_per_follower")]
        indexes = [models.Index(fields=["due_at"], condition=Q(done_at=None), name="reactions_due")]

    def __str__(self) -> str:
        return f"{self.follower} owes {self.fact_id}"

    # Changes

    def claim(self, *, at: datetime) -> None:
        """Counted before the work: a follower that kills its process becomes a dead letter, too."""
        self.attempts += 1
        self.locked_until = at + LEASE
        self.save(update_fields=["attempts", "locked_until"])

    def finish(self, *, at: datetime) -> None:
        self.done_at = at
        self.locked_until = None
        self.error = ""
        self.save(update_fields=["done_at", "locked_until", "error"])

    def fail(self, *, error: str, at: datetime) -> None:
        self.due_at = at + RETRY_AFTER * 2 ** (self.attempts - 1)
        self.locked_until = None
        self.error = error
        self.save(update_fields=["due_at", "locked_until", "error"])

    def replay(self, *, at: datetime) -> None:
        self.attempts = 0
        self.due_at = at
        self.locked_until = None
        self.save(update_fields=["attempts", "due_at", "locked_until"])
