"""The line to a mail server: commands out, answers in, and when it is of no more use."""

import smtplib
import socket
import ssl
import struct
import time
from contextlib import suppress

from django.utils.translation import gettext as _

from regulars.integrations.email import provider

TICK_SECONDS = 0.25  # how late a silence may be noticed
MAX_ANSWER_BYTES = 16 * 1024
PIECE_BYTES = 4096


class Broken(Exception):
    """The connection is of no more use."""


class Unreached(Broken):
    """There never was one."""


class Line:
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
            raise Broken(reason(problem)) from problem

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
                raise Broken(_("not an answer of a mail server"))
            said.append(row[4:].decode("ascii", "replace").strip())
            if row[3:4] != b"-":
                break
        code = int(row[:3])
        return code, f"{code} {' '.join(said)}".strip()[: provider.MAX_WORDS]

    def _more(self, deadline: float) -> None:
        try:
            piece = self._piece(deadline)
        except OSError as problem:
            raise Broken(reason(problem)) from problem
        if not piece:
            raise Broken(_("it closed the connection"))
        self.held += piece
        if len(self.held) > MAX_ANSWER_BYTES:
            raise Broken(_("not an answer of a mail server"))

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
        with suppress(Broken):
            self.send(b"QUIT\r\n")
        self.close()

    def close(self) -> None:
        with suppress(OSError):
            self.door.close()


def reason(problem: Exception) -> str:
    """Words for the log and the owner; never the password that was refused."""
    cause = problem.__context__ if isinstance(problem, smtplib.SMTPServerDisconnected) else None
    if isinstance(problem, TimeoutError | BlockingIOError) or isinstance(cause, TimeoutError):
        return _("it did not answer in time")
    if isinstance(problem, smtplib.SMTPAuthenticationError):
        return _("it does not accept our password")
    if isinstance(problem, smtplib.SMTPResponseException):
        said = problem.smtp_error
        words = said.decode("ascii", "replace") if isinstance(said, bytes) else str(said)
        return f"{problem.smtp_code} {' '.join(words.split())}"[: provider.MAX_WORDS]
    if isinstance(problem, ssl.SSLError):
        return _("its certificate or encryption is not accepted")
    if isinstance(problem, smtplib.SMTPNotSupportedError):
        return _("it does not offer what EMAIL_URL asks of it")
    if isinstance(problem, smtplib.SMTPServerDisconnected | ConnectionResetError | BrokenPipeError):
        return _("it closed the connection")
    if isinstance(problem, ConnectionRefusedError):
        return _("nobody answers at its address")
    return _("its name is not known") if isinstance(problem, socket.gaierror) else type(problem).__name__


def _timeval(seconds: float) -> bytes:
    """C's struct timeval."""
    return struct.pack("@ll", int(seconds), int(seconds % 1 * 1_000_000))
