"""Mail servers on loopback: a real one that keeps what it takes, and one that misbehaves as told."""

import asyncio
import socket
import threading
from contextlib import contextmanager, suppress

from aiosmtpd.controller import UnthreadedController

NOTHING, HANG, DROP = "", "hang", "drop"


class Kept:
    """What aiosmtpd took: (sender, recipient, bytes)."""

    def __init__(self):
        self.mails = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.mails.append((envelope.mail_from, envelope.rcpt_tos[0], envelope.original_content))
        return "250 taken"


@contextmanager
def real_server():
    kept = Kept()
    loop = asyncio.new_event_loop()
    controller = UnthreadedController(kept, hostname="127.0.0.1", port=0, loop=loop)
    is_open = threading.Event()

    def serve():
        # All of it in the thread: a browser test may have left its own loop running in this one.
        controller.begin()
        kept.port = controller.server.sockets[0].getsockname()[1]
        loop.call_soon(is_open.set)
        loop.run_forever()

    thread = threading.Thread(target=serve)
    thread.start()
    assert is_open.wait(30)
    try:
        yield kept
    finally:
        asyncio.run_coroutine_threadsafe(controller.finalize(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class Misbehaving:
    """Speaks SMTP word by word. ``script`` maps a command (or "CONNECT", "MESSAGE") to an answer, to HANG,
    to DROP, or to a list of these, one for each time; what it does not name goes well."""

    FINE = {"CONNECT": "220 hi", "DATA": "354 go on", "MESSAGE": "250 taken", "QUIT": "221 bye"}

    def __init__(self, script=None, *, is_pipelining=False, tls=None):
        self.script = {
            name: list(words) if isinstance(words, list) else words for name, words in (script or {}).items()
        }
        self.is_pipelining, self.tls = is_pipelining, tls
        self.commands, self.messages, self.connections = [], [], 0
        self.ended = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.threads = [threading.Thread(target=self._listen)]

    def __enter__(self):
        self.threads[0].start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in self.threads:
            thread.join()

    def _listen(self):
        while True:
            try:
                door, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._talk, args=[door])
            self.threads.append(thread)
            thread.start()

    def _talk(self, door):
        if self.tls:
            try:
                door = self.tls.wrap_socket(door, server_side=True)
            except OSError:  # the client does not trust us
                door.close()
                return
        with door, door.makefile("rb") as lines, suppress(OSError):
            if not self._answer(door, "CONNECT"):
                return
            while row := lines.readline():
                command = row.split()[0].upper().decode() if row.strip() else ""
                self.commands.append(row.strip().decode())
                if command == "EHLO":
                    door.sendall(
                        b"250-hi\r\n250-PIPELINING\r\n250 SIZE\r\n" if self.is_pipelining else b"250 hi\r\n"
                    )
                    continue
                answer = self._answer(door, command)
                if not answer or command == "QUIT":
                    return
                if answer.startswith("354") and not self._take(door, lines):
                    return

    def _take(self, door, lines):
        message = b""
        while (row := lines.readline()) != b".\r\n":
            if not row:
                return False
            message += row
        self.messages.append(message)
        return self._answer(door, "MESSAGE")

    def _answer(self, door, command):
        words = self.script.get(command, self.FINE.get(command, "250 ok"))
        if isinstance(words, list):
            words = words.pop(0) if words else self.FINE.get(command, "250 ok")
        if words == HANG:
            self.ended.wait(10)
            return ""
        if words == DROP:
            return ""
        door.sendall(words.encode() + b"\r\n")
        return words
