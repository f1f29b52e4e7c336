"""An SMTP server (RFC 5321): the standard library connects and signs in, then we talk ourselves.

Its ``sendmail`` costs several times what a mail may cost here and cannot say when a mail may have been taken.
The server is the operator's choice (``EMAIL_URL``), never a tenant's, so it may well be on a private address:
the guard of ``platform.http`` against calling our own machines has no place here.
"""

import smtplib
import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from django.utils.translation import gettext as _

from regulars.integrations.email import provider
from regulars.integrations.email.provider import MailDeferred, MailLost, MailRefused

CONNECT_SECONDS = 10.0  # each of: connecting, greeting, TLS, signing in
ANSWER_SECONDS = 30.0  # to a command
TAKEN_SECONDS = 60.0  # to the mail: a server that scans it first takes its time
TICK_SECONDS = 0.25  # how late a silence may be noticed
MAX_ANSWER_BYTES = 16 * 1024
PIECE_BYTES = 4096
PORTS = {"smtp": 25, "smtps": 465}
FINE, FINE_FORWARDED, GO_ON, CLOSING = 250, 251, 354, 421


class _Broken(Exception):
    """The connection is of no more use."""


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
    def session(self) -> Iterator["SmtpSession"]:
        session = SmtpSession(self)
        try:
            yield session
        finally:
            session.close()


class SmtpSession:
    """One connection at a time, opened by the first mail and again after it broke."""

    def __init__(self, server: Smtp) -> None:
        self.server = server
        self.line: _Line | None = None

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
        except _Broken as problem:
            self._drop()
            if not is_reused:
                raise _deferred(problem) from problem
            try:
                self._envelope(sender, to)
            except _Broken as again:
                self._drop()
                raise _deferred(again) from again

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
                    raise _Broken(words)
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
        except _Broken:
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
        except _Broken as problem:
            self._drop()
            raise _deferred(problem) from problem
        try:
            code, words = self.line.answer(self.server.taken_seconds)
        except _Broken as problem:
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


class _Line:
    """Commands out, answers in, each with a deadline.

    On a plain connection the kernel keeps time: Python's own timeouts cost a mail eight more system calls.
    OpenSSL would not notice those, so an encrypted one goes the usual way.
    """

    def __init__(self, door: socket.socket, *, is_pipelining: bool, send_seconds: float) -> None:
        self.door, self.is_pipelining = door, is_pipelining
        self.held = b""
        self.send_seconds = send_seconds
        self.is_plain = not isinstance(door, ssl.SSLSocket)
        if self.is_plain:
            door.settimeout(None)
            door.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _timeval(send_seconds))
            door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _timeval(TICK_SECONDS))

    def send(self, data: bytes) -> None:
        try:
            if not self.is_plain:
                self.door.settimeout(self.send_seconds)
            self.door.sendall(data)
        except OSError as problem:
            raise _Broken(_reason(problem)) from problem

    def answer(self, seconds: float) -> tuple[int, str]:
        """The code and the words of one answer, be it of several lines."""
        deadline = time.monotonic() + seconds
        said: list[str] = []
        size = 0
        while True:
            while b"\n" not in self.held:
                self._more(deadline)
            row, self.held = self.held.split(b"\n", 1)
            size += len(row)
            if size > MAX_ANSWER_BYTES or not row[:3].isdigit():
                raise _Broken(_("not an answer of a mail server"))
            said.append(row[4:].decode("ascii", "replace").strip())
            if row[3:4] != b"-":
                break
        code = int(row[:3])
        return code, f"{code} {' '.join(said)}".strip()[: provider.MAX_WORDS]

    def _more(self, deadline: float) -> None:
        try:
            piece = self._piece(deadline)
        except OSError as problem:
            raise _Broken(_reason(problem)) from problem
        if not piece:
            raise _Broken(_("it closed the connection"))
        self.held += piece
        if len(self.held) > MAX_ANSWER_BYTES:
            raise _Broken(_("not an answer of a mail server"))

    def _piece(self, deadline: float) -> bytes:
        while (left := deadline - time.monotonic()) > 0:
            if not self.is_plain:
                self.door.settimeout(left)
            try:
                return self.door.recv(PIECE_BYTES)
            except BlockingIOError:  # a tick went by
                continue
        raise TimeoutError

    def quit(self) -> None:
        with suppress(_Broken):
            self.send(b"QUIT\r\n")
        self.close()

    def close(self) -> None:
        with suppress(OSError):
            self.door.close()


def _connected(server: Smtp) -> _Line:
    """Greeted, encrypted and signed in. Raises _Broken."""
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
        raise _Broken(_reason(problem)) from problem
    if (door := talk.sock) is None:
        raise _Broken(_("it closed the connection"))
    door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if talk.file is not None:
        talk.file.close()  # its buffer is empty: every answer so far was read to its end
    return _Line(door, is_pipelining=talk.has_extn("pipelining"), send_seconds=server.taken_seconds)


def _failure(code: int) -> Callable[[str], Exception]:
    return MailRefused if 500 <= code < 600 else MailDeferred


def _deferred(problem: _Broken) -> MailDeferred:
    return MailDeferred(_("The mail server cannot be reached: %(reason)s.") % {"reason": problem})


def _reason(problem: Exception) -> str:
    """Words for the log and the owner; never the password that was refused."""
    if isinstance(problem, TimeoutError | BlockingIOError):
        return _("it did not answer in time")
    if isinstance(problem, smtplib.SMTPAuthenticationError):
        return _("it does not accept our password")
    if isinstance(problem, ssl.SSLError):
        return _("its certificate or encryption is not accepted")
    return type(problem).__name__


def _timeval(seconds: float) -> bytes:
    """C's struct timeval."""
    return struct.pack("@ll", int(seconds), int(seconds % 1 * 1_000_000))
