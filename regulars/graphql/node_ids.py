"""Global ids: opaque to partners, ``Type:uuid`` in URL-safe base64 for us. No counter is ever in one."""

import base64
import binascii
from uuid import UUID

from regulars.platform import errors

MAX_CHARACTERS = 120


class BadId(errors.Refused):
    """Not an id that we gave, or one of another type than asked for."""

    status = 400
    code = "bad_id"


def written(type_name: str, key: UUID) -> str:
    return base64.urlsafe_b64encode(f"{type_name}:{key}".encode()).decode().rstrip("=")


def opened(text: str, *, of: str | None = None) -> tuple[str, UUID]:
    """The type's name and the row's key. Raises BadId, also for an id of another type than ``of``."""
    try:
        if len(text) > MAX_CHARACTERS:
            raise ValueError("too long")
        plain = base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)).decode()
        type_name, _, key = plain.partition(":")
        found = UUID(key)
    except (ValueError, binascii.Error):
        raise BadId("This is not an id that this API gives.") from None
    if of is not None and type_name != of:
        raise BadId(f"This is not the id of a {of}.")
    return type_name, found
