"""A file of rows, record by record, in bounded memory: plain CSV or CSV in zstd.

Everything that makes the whole file doubtful ends the reading with one clear sentence and the line's number:
a wrong encoding, a quote that never closes, an endless line. CSV is RFC 4180 with the shape's delimiter.
"""

import csv
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Protocol

import zstandard

from regulars.platform import errors

MAX_LINE_BYTES = 1_000_000  # also of a record that runs over several lines
MAX_COLUMNS = 500
CHUNK_BYTES = 256 * 1024
ZSTD_CHUNK_BYTES = 1024  # a block of 128 KiB may be packed into 4 bytes: more would unpack to gigabytes
ZSTD_SUFFIXES = (".zst", ".zstd")
SHOWN_COLUMNS = 20

Record = tuple[int, list[str]]  # the number of its first line, its cells


class Shape(Protocol):
    """How a file is written; ``columns``: our word for each column that is read -> the file's own."""

    @property
    def encoding(self) -> str: ...
    @property
    def delimiter(self) -> str: ...
    @property
    def columns(self) -> Mapping[str, str]: ...


class Unreadable(errors.Invalid):
    """The file as a whole cannot be taken; nothing of it was."""

    code = "unreadable_file"


class Reading:
    """An open file: its header, then its records; ``fraction`` of the file's bytes that have been read."""

    def __init__(self, path: Path, *, mapping: Shape) -> None:
        self.path, self.mapping = path, mapping
        try:
            self.size_bytes = path.stat().st_size
            self._file: BinaryIO = path.open("rb")
        except OSError as problem:
            raise Unreadable(f"The file cannot be read: {problem.strerror} ({path}).") from None
        self._lines = _Lines(self._chunks(), encoding=mapping.encoding)
        self._records = csv.reader(self._lines, strict=True, delimiter=mapping.delimiter)
        try:
            self.header = self._header()
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> Iterator[Record]:
        while (record := self._next()) is not None:
            if record[1]:  # an empty line is nothing
                yield record

    @property
    def fraction(self) -> float:
        return self._file.tell() / self.size_bytes if self.size_bytes else 1.0

    def close(self) -> None:
        self._file.close()

    def places(self) -> dict[str, int]:
        """Where each column of the mapping stands. Raises Unreadable, naming those that are missing."""
        places = {name.strip(): place for place, name in enumerate(self.header)}
        wanted = {ours: theirs for ours, theirs in self.mapping.columns.items() if theirs}
        missing = [theirs for theirs in wanted.values() if theirs not in places]
        if missing:
            raise Unreadable(
                f"The file has no column {', '.join(map(repr, missing))}. "
                f"It has: {', '.join(name[:40] for name in self.header[:SHOWN_COLUMNS])}."
            )
        return {ours: places[theirs] for ours, theirs in wanted.items()}

    def _header(self) -> list[str]:
        record = self._next()
        if record is None:
            raise Unreadable("The file is empty.")
        header = record[1]
        if len(header) > MAX_COLUMNS:
            raise Unreadable(f"The file has {len(header):,} columns; at most {MAX_COLUMNS} are read.")
        names = [name.strip() for name in header]
        twice = sorted({name for name in names if name and names.count(name) > 1})
        if twice:
            raise Unreadable(f"The file has several columns called {', '.join(map(repr, twice))}.")
        return header

    def _next(self) -> Record | None:
        first = self._lines.begin()
        try:
            return first, next(self._records)
        except StopIteration:
            return None
        except csv.Error as problem:
            raise Unreadable(_explained(first, self._lines.number, str(problem))) from None

    def _chunks(self) -> Iterator[bytes]:
        if self.path.suffix.lower() in ZSTD_SUFFIXES:
            return _unpacked(self._file)
        return iter(lambda: self._file.read(CHUNK_BYTES), b"")


def digest(path: Path) -> str:
    """SHA-256 of the file as it lies there. Raises Unreadable."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as problem:
        raise Unreadable(f"The file cannot be read: {problem.strerror} ({path}).") from None


class _Lines:
    """Text lines of a stream. Counts what one record has taken, so that none grows without end."""

    def __init__(self, chunks: Iterator[bytes], *, encoding: str) -> None:
        self.number = 0  # of the line given last
        self._encoding = encoding
        self._begun_at, self._taken_bytes = 1, 0
        self._given = self._read(chunks)

    def __iter__(self) -> Iterator[str]:
        return self._given

    def begin(self) -> int:
        """A new record starts with the next line; returns that line's number."""
        self._begun_at, self._taken_bytes = self.number + 1, 0
        return self._begun_at

    def _read(self, chunks: Iterator[bytes]) -> Iterator[str]:
        rest = b""
        for chunk in chunks:
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield self._text(line + b"\n")
            if len(rest) > MAX_LINE_BYTES:
                raise Unreadable(f"Line {self.number + 1} is longer than {MAX_LINE_BYTES:,} bytes.")
        if rest:
            yield self._text(rest)

    def _text(self, line: bytes) -> str:
        self.number += 1
        self._taken_bytes += len(line)
        if self._taken_bytes > MAX_LINE_BYTES:
            if self.number == self._begun_at:
                raise Unreadable(f"Line {self.number} is longer than {MAX_LINE_BYTES:,} bytes.")
            raise Unreadable(f"Line {self._begun_at}: a quote is opened there and never closed.")
        if self.number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if b"\0" in line:
            raise Unreadable(
                f"Line {self.number} holds a NUL character: this is no text file, or it is UTF-16."
            )
        try:
            return line.decode(self._encoding)
        except UnicodeDecodeError as problem:
            raise Unreadable(
                f"Line {self.number} is not {self._encoding} (byte 0x{line[problem.start]:02x}): "
                f"save the file as {self._encoding}, or name its encoding in the mapping."
            ) from None


def _explained(first: int, last: int, problem: str) -> str:
    if "unexpected end of data" in problem or last > first:
        return f"Line {first}: a quote is opened there and never closed."
    if "field limit" in problem:
        return f"Line {first}: a cell is longer than {csv.field_size_limit():,} characters."
    if "expected after" in problem:
        return f"Line {first}: text follows a closing quote; a quote inside quotes is written twice."
    return f"Line {first} is not CSV: {problem}."


def _unpacked(file: BinaryIO) -> Iterator[bytes]:
    """What the zstd frames hold. Raises Unreadable for a file that is cut off or no zstd."""
    unpacker = zstandard.ZstdDecompressor()
    frame = unpacker.decompressobj()
    is_inside = False
    try:
        while packed := file.read(ZSTD_CHUNK_BYTES):
            while packed:
                is_inside = True
                if text := frame.decompress(packed):
                    yield from _cut(text)
                if not frame.eof:
                    break
                packed, frame, is_inside = frame.unused_data, unpacker.decompressobj(), False
    except zstandard.ZstdError as problem:
        raise Unreadable(f"The file is not readable as zstd: {problem}.") from None
    if is_inside:
        raise Unreadable("The file ends too early: it was cut off while it was packed or sent.")


def _cut(text: bytes) -> Iterator[bytes]:
    for start in range(0, len(text), CHUNK_BYTES):
        yield text[start : start + CHUNK_BYTES]
