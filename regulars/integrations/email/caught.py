"""The mails that the catcher of one's own machine kept, each tenant's for itself.

A mail is a tenant's when its ``X-Regulars-Tenant`` says so; sign-up and password mails are nobody's here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from regulars.platform import errors, tenancy

MAX_SHOWN = 100
MAX_LOOKED_AT = 5000  # files, newest first
HEAD_BYTES = 16 * 1024
A_NAME = re.compile(r"([0-9]{16,20})(?:-[0-9]+)+")
NANOSECONDS = 1_000_000_000


class UnknownMail(errors.NotFound):
    """There is no such mail of this tenant, or nothing catches mail here."""

    code = "unknown_caught_mail"


@dataclass(frozen=True, kw_only=True)
class Caught:
    name: str  # of the file, without its ending
    sender: str
    to: str
    subject: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Read(Caught):
    text: str
    html: str
    headers: list[tuple[str, str]]


def is_on() -> bool:
    return bool(settings.MAIL_CATCHER_FOLDER)


def listed() -> list[Caught]:
    """The newest mails of the open tenant. Raises UnknownMail where nothing catches mail."""
    found: list[Caught] = []
    for name, path in _files():
        message = _head(path)
        if message is not None and _is_ours(message):
            found.append(Caught(**_facts(name, message)))
        if len(found) == MAX_SHOWN:
            break
    return found


def read(name: str) -> Read:
    """One mail whole. Raises UnknownMail, also for another tenant's."""
    path = Path(settings.MAIL_CATCHER_FOLDER) / f"{name}.eml"
    if not is_on() or not A_NAME.fullmatch(name) or not path.is_file():
        raise UnknownMail(_("There is no such mail."))
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    if not _is_ours(message):
        raise UnknownMail(_("There is no such mail."))
    return Read(
        **_facts(name, message),
        text=_body(message, "plain"),
        html=_body(message, "html"),
        headers=[(key, " ".join(str(value).split())) for key, value in message.items()],
    )


def forget_tenant(schema: str) -> int:
    """Remove every mail of a tenant that was caught; returns how many."""
    if not is_on():
        return 0
    count = 0
    for path in Path(settings.MAIL_CATCHER_FOLDER).glob("*.eml"):
        message = _head(path)
        if message is not None and str(message.get("X-Regulars-Tenant", "")) == schema:
            path.unlink(missing_ok=True)
            count += 1
    return count


def _files() -> Iterator[tuple[str, Path]]:
    if not is_on():
        raise UnknownMail(_("Nothing catches mail here."))
    paths = [path for path in Path(settings.MAIL_CATCHER_FOLDER).glob("*.eml") if A_NAME.fullmatch(path.stem)]
    for path in sorted(paths, reverse=True)[:MAX_LOOKED_AT]:
        yield path.stem, path


def _head(path: Path) -> EmailMessage | None:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError:  # swept away meanwhile
        return None
    return BytesHeaderParser(policy=policy.default).parsebytes(head)


def _is_ours(message: EmailMessage) -> bool:
    return str(message.get("X-Regulars-Tenant", "")) == tenancy.current()


def _facts(name: str, message: EmailMessage) -> dict[str, Any]:
    written = A_NAME.fullmatch(name)
    second = int(written[1]) / NANOSECONDS if written else 0
    return {
        "name": name,
        "sender": str(message.get("From", "")),
        "to": str(message.get("To", "")),
        "subject": str(message.get("Subject", "")),
        "at": datetime.fromtimestamp(second, tz=UTC),
    }


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part else ""
