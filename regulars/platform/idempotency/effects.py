"""A change asked for twice under the same key is made once, whoever asks at the same time.

The key is the client's own word for one intention. What was refused left nothing behind, so it may be tried
again under its key.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from regulars.platform import errors, tenancy
from regulars.platform.idempotency.models import Effect

KEPT_FOR = timedelta(hours=24)
MIN_KEY_CHARACTERS, MAX_KEY_CHARACTERS = 8, 200


class BadIdempotencyKey(errors.Invalid):
    code = "bad_idempotency_key"


class KeyUsedBefore(errors.Invalid):
    """The same key with another wish: one of the two is a mistake."""

    code = "idempotency_key_used"


@tenancy.atomic
def once(*, client_id: UUID, key: str, said: Any, at: datetime, change: Callable[[], UUID]) -> UUID:
    """Make ``change`` unless this client's key made it in the last 24 hours; the id of what it changed.

    ``said`` is all that the client asked for, as JSON. Raises BadIdempotencyKey, KeyUsedBefore for the same
    key with something else asked, and what ``change`` raises.
    """
    if not MIN_KEY_CHARACTERS <= len(key) <= MAX_KEY_CHARACTERS or not key.isprintable():
        raise BadIdempotencyKey(
            _("An idempotency key has between %(least)d and %(most)d characters.")
            % {"least": MIN_KEY_CHARACTERS, "most": MAX_KEY_CHARACTERS}
        )
    said_hash = hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()
    tenancy.lock("idempotency", client_id, key)  # the second of two at once waits here and finds the first
    Effect.objects.filter(made_at__lte=at - KEPT_FOR).delete()
    kept = Effect.objects.filter(client_id=client_id, key=key).first()
    if kept is not None:
        if kept.said_hash != said_hash:
            raise KeyUsedBefore(_("This idempotency key was used for something else."))
        return kept.subject_id
    subject_id = change()
    Effect.objects.create(
        client_id=client_id, key=key, said_hash=said_hash, subject_id=subject_id, made_at=at
    )
    return subject_id
