"""Zip files of any size in little memory, seen under their name only when they are whole."""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Protocol, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

MANIFEST = "manifest.json"
PRIVATE = 0o600
PRIVATE_FOLDER = 0o700
COMPRESSION = 6


class Sink(Protocol):
    def write(self, block: bytes, /) -> object: ...


class Entry:
    """One file inside: counts and hashes what is written to it, before anything is done to it."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._digest = hashlib.sha256()
        self.rows: int | None = None
        self.size_bytes = 0

    def write(self, block: bytes) -> None:
        self._digest.update(block)
        self.size_bytes += len(block)
        self._sink.write(block)

    def facts(self) -> dict[str, Any]:
        facts = {"bytes": self.size_bytes, "sha256": self._digest.hexdigest()}
        return facts if self.rows is None else {**facts, "rows": self.rows}


class Archive:
    """A zip being written on to a stream, which need not seek. ``files``: name -> what the manifest says."""

    def __init__(self, stream: Any, *, at: datetime) -> None:
        self._zip = ZipFile(cast("IO[bytes]", stream), "w")
        self._at = at
        self.files: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_given: object) -> None:
        self._zip.close()

    @contextmanager
    def entry(self, name: str) -> Iterator[Entry]:
        """A compressed file inside; one at a time."""
        with self.stored(name, compression=ZIP_DEFLATED) as file:
            entry = Entry(file)
            yield entry
        self.files[name] = entry.facts()

    @contextmanager
    def stored(self, name: str, *, compression: int = ZIP_STORED) -> Iterator[IO[bytes]]:
        """The same, left as it is: of what was sealed."""
        info = ZipInfo(name, date_time=self._at.timetuple()[:6])
        info.compress_type = compression
        info.external_attr = PRIVATE << 16
        with self._zip.open(info, "w", force_zip64=True) as file:
            yield file

    def finish(self, manifest: dict[str, Any]) -> None:
        """Writes the manifest last, and the table of contents behind it."""
        told = {**manifest, "files": self.files}
        self._zip.writestr(
            ZipInfo(MANIFEST, date_time=self._at.timetuple()[:6]),
            json.dumps(told, indent=1, ensure_ascii=False),
            compress_type=ZIP_DEFLATED,
        )


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """A file of one's own that takes its name when the block ends well, and leaves nothing when it does not.

    What a killed process began stays beside it under a name with a dot in front; the next try writes over it.
    """
    path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    descriptor = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, PRIVATE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
