"""Files that lie outside the database, sealed with a tenant's data key piece by piece.

Neither a file nor a piece is ever whole in memory. Each piece is bound to its place, and a last one says that
nothing is missing: a file that was cut, mixed or taken from elsewhere does not open. Both ways take the keys
ready: while rows are copied the connection answers no question for them.
"""

from collections.abc import Iterator
from typing import Protocol

from regulars.platform.secrets import Ring

PIECE_BYTES = 256 * 1024
LENGTH_BYTES = 4
END = b""


class Damaged(RuntimeError):
    """A sealed file that ends too soon or is none."""


class Sink(Protocol):
    def write(self, block: bytes, /) -> object: ...


class Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Writer:
    """Seals what is written on to ``sink``; ``close`` writes the last piece and leaves the sink open."""

    def __init__(self, sink: Sink, *, ring: Ring, purpose: str) -> None:
        self._sink, self._ring, self._purpose = sink, ring, purpose
        self._waiting = bytearray()
        self._number = 0

    def write(self, block: bytes) -> int:
        self._waiting += block
        while len(self._waiting) >= PIECE_BYTES:
            self._seal(bytes(self._waiting[:PIECE_BYTES]))
            del self._waiting[:PIECE_BYTES]
        return len(block)

    def flush(self) -> None:
        """Whole pieces are written as they fill; nothing can be hurried."""

    def close(self) -> None:
        if self._waiting:
            self._seal(bytes(self._waiting))
            self._waiting.clear()
        self._seal(END)

    def _seal(self, piece: bytes) -> None:
        purpose = _place(self._purpose, self._number, is_last=piece == END)
        sealed = self._ring.seal(piece, purpose=purpose)
        self._sink.write(len(sealed).to_bytes(LENGTH_BYTES, "big") + (b"\1" if piece == END else b"\0"))
        self._sink.write(sealed)
        self._number += 1


def opened(source: Source, *, ring: Ring, purpose: str) -> Iterator[bytes]:
    """The pieces again. Raises Damaged when the end is missing, KeyGone when a piece is not this tenant's."""
    number = 0
    while True:
        head = _exactly(source, LENGTH_BYTES + 1)
        length, is_last = int.from_bytes(head[:LENGTH_BYTES], "big"), head[LENGTH_BYTES] == 1
        if length > 2 * PIECE_BYTES:
            raise Damaged("This is not a sealed file.")
        place = _place(purpose, number, is_last=is_last)
        piece = ring.unseal(_exactly(source, length), purpose=place)
        if is_last:
            return
        yield piece
        number += 1


def _place(purpose: str, number: int, *, is_last: bool) -> str:
    return f"{purpose}|{number}|{'last' if is_last else 'more'}"


def _exactly(source: Source, size: int) -> bytes:
    found = source.read(size)
    if len(found) != size:
        raise Damaged("A sealed file ends before its end.")
    return found
