"""A server that misbehaves as told: one function answers each connection, byte by byte."""

import socket
import threading
from contextlib import suppress


class Speaker:
    """``answer(connection)`` is called for each connection after the request's head was read."""

    def __init__(self, answer, *, tls=None):
        self.answer = answer
        self.tls = tls
        self.heads = []  # what was asked, decoded
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.threads = [threading.Thread(target=self._listen)]

    def __enter__(self):
        self.threads[0].start()
        return self

    def __exit__(self, *_):
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in self.threads:
            thread.join()

    def _listen(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._speak, args=[connection])
            self.threads.append(thread)
            thread.start()

    def _speak(self, connection):
        with suppress(OSError), connection:
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection:
                head = b""
                while b"\r\n\r\n" not in head and (piece := connection.recv(4096)):
                    head += piece
                self.heads.append(head.decode())
                self.answer(connection)


def saying(status, body=b"", **headers):
    """An answer that is all there at once."""
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    whole = "\r\n".join([*lines, "", ""]).encode() + body
    return lambda connection: connection.sendall(whole)
