"""What we need of whoever carries mail away: the port every provider fills.

The failures are what the sending ledger turns into states, so an adapter must tell them apart exactly.
"""

import re
from contextlib import AbstractContextManager
from typing import ClassVar, Protocol

from django.utils.translation import gettext as _

from regulars.platform import errors

MAX_ADDRESS_CHARS = 254
MAX_WORDS = 200  # characters of an answer that are worth keeping
ENVELOPE = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")  # printable ASCII without spaces and angle brackets


class MailRefused(errors.Refused):
    """No for good (5xx): this mail will never be taken."""

    code = "mail_refused"


class MailDeferred(errors.Refused):
    """Not now (4xx, no connection, no password): nothing was taken, and another try may help."""

    status: ClassVar[int] = 503
    code = "mail_deferred"


class MailServerAway(MailDeferred):
    """No connection, no password, or it fell silent before the text: another mail would fare no better.

    ``knows_mail``: whether it had heard of this very mail, which may then be the reason.
    """

    code = "mail_server_away"

    def __init__(self, said: str, *, knows_mail: bool = False) -> None:
        super().__init__(said)
        self.knows_mail = knows_mail


class MailLost(errors.Refused):
    """The connection broke after the whole mail was handed over and before the answer: nobody knows."""

    status: ClassVar[int] = 502
    code = "mail_lost"


class Session(Protocol):
    """A way to the provider that stays open for several mails."""

    def deliver(self, *, sender: str, to: str, message: bytes) -> str:
        """The provider's words on taking it. Raises MailRefused, MailDeferred or MailLost.

        ``message`` has CRLF line ends; ``sender`` is the return path, to which bounces go.
        """


class Provider(Protocol):
    def session(self, *, is_waited_for: bool = False) -> AbstractContextManager[Session]:
        """Opening one is cheap and never fails: the first mail connects.

        ``is_waited_for``: somebody looks on, so a provider that is slow is given up soon.
        """


def check_envelope(*, sender: str, to: str) -> None:
    """Raises MailRefused for addresses that could say more to a server than where mail goes."""
    for address in (sender, to):
        if len(address) > MAX_ADDRESS_CHARS or not ENVELOPE.fullmatch(address):
            raise MailRefused(_("Mail cannot be sent to or from this address."))
