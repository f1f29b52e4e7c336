"""A folder instead of a mail server: one ``.eml`` file a mail, newest last by name. Nothing leaves."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from django.utils.translation import gettext as _

from regulars.integrations.email.provider import MailDeferred, check_envelope

SCHEME = "catcher:"


class Catcher:
    """Takes every mail. A file appears whole or not at all, under a name that no other process uses."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers = count(1)

    @classmethod
    def of(cls, url: str) -> "Catcher":
        return cls(Path(url.removeprefix(SCHEME)))

    @contextmanager
    def session(self, *, is_waited_for: bool = False) -> Iterator["Catcher"]:
        yield self

    def deliver(self, *, sender: str, to: str, message: bytes) -> str:
        check_envelope(sender=sender, to=to)
        name = f"{time.time_ns()}-{os.getpid()}-{next(self.numbers)}"
        envelope = f"X-Envelope-From: {sender}\r\nX-Envelope-To: {to}\r\n".encode("ascii")
        part = self.folder / f"{name}.part"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            part.write_bytes(envelope + message)
            part.rename(self.folder / f"{name}.eml")
        except OSError as problem:
            with suppress(OSError):
                part.unlink()
            said = _("The mail could not be kept: %(reason)s.")
            raise MailDeferred(said % {"reason": type(problem).__name__}) from problem
        return "250 kept"
