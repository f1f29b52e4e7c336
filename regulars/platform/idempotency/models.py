"""Changes that a program asked for under a key of its own."""

from django.db import models

from regulars.platform.privacy import Personal


class Effect(models.Model):
    """A change that was made, and of what; never its content: a repeated request reads the row again."""

    client_id = models.UUIDField()
    key = models.CharField(max_length=200)
    said_hash = models.CharField(max_length=64)
    subject_id = models.UUIDField()
    made_at = models.DateTimeField(db_index=True)

    personal = {"key": Personal.NONE, "said_hash": Personal.NONE}

    class Meta:
        constraints = [models.UniqueConstraint("client_id", "key", name="one_effect_a_key")]

    def __str__(self) -> str:
        return self.key
