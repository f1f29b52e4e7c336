"""An SMTP server (RFC 5321): the standard library connects and signs in, then we talk ourselves.

Its ``sendmail`` costs several times what a mail may cost here and cannot say when a mail may have been taken.
The server is the operator's choice (``EMAIL_URL``), never a tenant's, so it may well be on a private address:
the guard of ``platform.http`` against calling our own machines has no place here.
"""

import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, unquote, urlsplit

from django.utils.translation import gettext as _

from regulars.integrations.email import provider
from regulars.integrations.email.provider import MailDeferred, MailLost, MailRefused, MailServerAway
from regulars.integrations.email.providers.smtp.line import Broken, Line, Unreached, reason

CONNECT_SECONDS = 10.0  # each of: connecting, greeting, TLS, signing in
ANSWER_SECONDS = 30.0  # to a command
TAKEN_SECONDS = 60.0  # to the mail: a server that scans it first takes its time
WAITED_FOR_SECONDS = 5.0  # instead of the first two, while somebody looks on
WAITED_FOR_TAKEN_SECONDS = 15.0  # instead of the third
PORTS = {"smtp": 25, "smtps": 465}
FINE, FINE_FORWARDED, GO_ON, CLOSING = 250, 251, 354, 421


@dataclass(frozen=True, kw_only=True)
class Smtp:
    """``starttls`` insists on encryption; ``smtps`` speaks it from the first byte."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    is_tls: bool = False
    starttls: bool = False
    connect_seconds: float = CONNECT_SECONDS
    answer_seconds: float = ANSWER_SECONDS
    taken_seconds: float = TAKEN_SECONDS

    @classmethod
    def of(cls, url: str) -> "Smtp":
        """``smtp://user:password@host:port?starttls`` or ``smtps://…``; another scheme is a ValueError."""
        parts = urlsplit(url or "smtp://127.0.0.1")
        if parts.scheme not in PORTS:
            raise ValueError("EMAIL_URL begins with smtp://, smtps:// or catcher:")
        return cls(
            host=parts.hostname or "127.0.0.1",
            port=parts.port or PORTS[parts.scheme],
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            is_tls=parts.scheme == "smtps",
            starttls="starttls" in parse_qs(parts.query, keep_blank_values=True),
        )

    @contextmanager
    def session(self, *, is_waited_for: bool = False) -> Iterator["SmtpSession"]:
        session = SmtpSession(self._hurried() if is_waited_for else self)
        try:
            yield session
        finally:
            session.close()

    def _hurried(self) -> "Smtp":
        return replace(
            self,
            connect_seconds=min(self.connect_seconds, WAITED_FOR_SECONDS),
            answer_seconds=min(self.answer_seconds, WAITED_FOR_SECONDS),
            taken_seconds=min(self.taken_seconds, WAITED_FOR_TAKEN_SECONDS),
        )


class SmtpSession:
    """One connection at a time, opened by the first mail and again after it broke."""

    def __init__(self, server: Smtp) -> None:
        self.server = server
        self.line: Line | None = None

    def deliver(self, *, sender: str, to: str, message: bytes) -> str:
        provider.check_envelope(sender=sender, to=to)
        if b"\r\n." in message or message.startswith(b"."):
            message = (b"\r\n" + message).replace(b"\r\n.", b"\r\n..")[2:]
        ending = b".\r\n" if message.endswith(b"\r\n") else b"\r\n.\r\n"
        self._open_the_door(sender=sender, to=to)
        return self._hand_over(message + ending)

    def close(self) -> None:
        if self.line:
            self.line.quit()
            self.line = None

    def _open_the_door(self, *, sender: str, to: str) -> None:
        """Until the server waits for the mail. Nothing of it was said yet, so an old connection that turns
        out to be closed may be replaced by a new one."""
        is_reused = self.line is not None
        try:
            self._envelope(sender, to)
        except Broken as problem:
            self._drop()
            if not is_reused:
                raise _away(problem) from problem
            try:
                self._envelope(sender, to)
            except Broken as again:
                self._drop()
                raise _away(again) from again

    def _envelope(self, sender: str, to: str) -> None:
        if self.line is None:
            self.line = _connected(self.server)
        line, seconds = self.line, self.server.answer_seconds
        commands = [f"MAIL FROM:<{sender}>\r\n", f"RCPT TO:<{to}>\r\n", "DATA\r\n"]
        refused: tuple[int, str] | None = None
        if line.is_pipelining:
            line.send("".join(commands).encode("ascii"))
        try:
            for command in commands:
                if not line.is_pipelining:
                    line.send(command.encode("ascii"))
                code, words = line.answer(seconds)
                if code == CLOSING and not refused:
                    raise Broken(words)
                if code not in ((GO_ON,) if command == commands[-1] else (FINE, FINE_FORWARDED)):
                    refused = refused or (code, words)
                    if not line.is_pipelining:
                        break
                elif refused and code == GO_ON:  # it waits for a mail to nobody
                    line.send(b".\r\n")
                    line.answer(seconds)
            if refused:
                line.send(b"RSET\r\n")
                line.answer(seconds)
        except Broken:
            if not refused:
                raise
            self._drop()
        if refused:
            raise _failure(refused[0])(refused[1])

    def _hand_over(self, data: bytes) -> str:
        """Sends the mail. Until its last byte is with the kernel the server cannot have taken it; from then
        on only its answer tells."""
        if self.line is None:
            raise RuntimeError("There is no connection.")
        try:
            self.line.send(data)
        except Broken as problem:
            self._drop()
            raise _deferred(problem) from problem
        try:
            code, words = self.line.answer(self.server.taken_seconds)
        except Broken as problem:
            self._drop()
            said = _("The mail server did not say whether it took the mail: %(reason)s.")
            raise MailLost(said % {"reason": problem}) from problem
        if 200 <= code < 300:
            return words
        if code == CLOSING:
            self._drop()
        if not 400 <= code < 600:
            self._drop()
            raise MailLost(words)
        raise _failure(code)(words)

    def _drop(self) -> None:
        if self.line:
            self.line.close()
            self.line = None


def _connected(server: Smtp) -> Line:
    """Greeted, encrypted and signed in. Raises Unreached."""
    talk: smtplib.SMTP | None = None
    try:
        if server.is_tls:
            trusted = ssl.create_default_context()
            talk = smtplib.SMTP_SSL(server.host, server.port, timeout=server.connect_seconds, context=trusted)
        else:
            talk = smtplib.SMTP(server.host, server.port, timeout=server.connect_seconds)
        if server.starttls:
            talk.starttls(context=ssl.create_default_context())
        talk.ehlo_or_helo_if_needed()
        if server.user:
            talk.login(server.user, server.password)
    except (OSError, smtplib.SMTPException) as problem:
        if talk is not None:
            talk.close()
        raise Unreached(reason(problem)) from problem
    if (door := talk.sock) is None:
        raise Unreached(_("it closed the connection"))
    door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if talk.file is not None:
        talk.file.close()  # its buffer is empty: every answer so far was read to its end
    return Line(door, is_pipelining=talk.has_extn("pipelining"), send_seconds=server.taken_seconds)


def _failure(code: int) -> Callable[[str], Exception]:
    return MailRefused if 500 <= code < 600 else MailDeferred


def _deferred(problem: Broken) -> MailDeferred:
    return MailDeferred(_words(problem))


def _away(problem: Broken) -> MailServerAway:
    return MailServerAway(_words(problem), knows_mail=not isinstance(problem, Unreached))


def _words(problem: Broken) -> str:
    return _("The mail server cannot be reached: %(reason)s.") % {"reason": problem}
