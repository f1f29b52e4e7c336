"""The sockets of outgoing calls: connected to checked addresses only, and closed at the deadline."""

import ssl
import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import Any

import httpcore

from regulars.platform import addresses

CONNECT_SECONDS = 5.0


class Guard(httpcore.NetworkBackend):
    """Connects to checked addresses only, and lets no single read or write outlive the call's deadline."""

    def __init__(self, *, deadline: float, port: int, allowed_private: Collection[str]) -> None:
        self.deadline = deadline  # of time.monotonic
        self.port = port  # the one that was judged
        self.allowed_private = allowed_private
        self.sockets = httpcore.SyncBackend()

    def left(self) -> float:
        seconds = self.deadline - time.monotonic()
        if seconds <= 0:
            raise httpcore.ReadTimeout("The deadline has passed.")
        return seconds

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        if port != self.port:
            raise addresses.AddressRefused("This is not the port that was asked for.")
        found = addresses.resolved(host=host, port=port, allowed_private=self.allowed_private)
        for address in found[:-1]:
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return self._connected(address, port)
        return self._connected(found[-1], port)

    def _connected(self, address: str, port: int) -> httpcore.NetworkStream:
        seconds = min(CONNECT_SECONDS, self.left())
        return _Stream(self.sockets.connect_tcp(address, port, timeout=seconds), self)


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, guard: Guard) -> None:
        self.stream = stream
        self.guard = guard

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, timeout=self.guard.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, timeout=self.guard.left())

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        # The name, not the address: SNI and the certificate's check are those of the shop's own name.
        seconds = min(CONNECT_SECONDS, self.guard.left())
        return _Stream(self.stream.start_tls(ssl_context, server_hostname, timeout=seconds), self.guard)

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)
