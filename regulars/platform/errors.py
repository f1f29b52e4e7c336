"""Failures a caller can expect and answer. Anything else is a bug and goes to Sentry."""

from typing import ClassVar


class Refused(Exception):
    """The request was understood and turned down; the message is fit for a user."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "refused"


class NotFound(Refused):
    status = 404
    code = "not_found"


class Invalid(Refused):
    """What was given cannot be taken as it is."""

    status = 422
    code = "invalid"
