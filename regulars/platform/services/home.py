"""The state folder of one's own machine: secrets, what is running, one run at a time. Knows no Django."""

import base64
import fcntl
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from regulars.platform.services import processes

SECRETS = "secrets.json"
SERVICES = "services.json"
LOCK = "run.lock"
LOCK_SECONDS = 0.5  # a command that asks whether something runs holds the lock for a moment
PRIVATE = 0o600
PRIVATE_FOLDER = 0o700
MASTER_KEY_BYTES = 32
LEFTOVER_SECONDS = 10.0


class CannotRun(Exception):
    """Something of this machine is in the way. The message is one line that says what to do."""


def kept_secrets(home: Path) -> dict[str, str]:
    """The secrets of this installation, made at the first call. Raises CannotRun when they are damaged."""
    known = _secrets(home / SECRETS)
    wanted: dict[str, Callable[[], str]] = {
        "SECRET_KEY": lambda: secrets.token_urlsafe(48),
        "REGULARS_MASTER_KEYS": lambda: base64.b64encode(os.urandom(MASTER_KEY_BYTES)).decode(),
        "admin_password": lambda: secrets.token_urlsafe(24),
        "owner_password": lambda: secrets.token_urlsafe(24),
        "app_password": lambda: secrets.token_urlsafe(24),
        "redis_password": lambda: secrets.token_urlsafe(24),
    }
    missing = {name: make() for name, make in wanted.items() if name not in known}
    if missing:
        known |= missing
        _write(home / SECRETS, known)
    return {name: str(word) for name, word in known.items()}


def announce(home: Path, *, environment: dict[str, str], pids: dict[str, int]) -> None:
    """Let operators' commands find this run: ``settings.running`` reads it."""
    words = {
        "pid": os.getpid(),
        "port": int(environment["PORT"]),
        "environment": environment,
        "pids": pids,
        "started": {name: processes.started(pid) for name, pid in pids.items()},
    }
    _write(home / SERVICES, words)


def withdraw(home: Path) -> None:
    (home / SERVICES).unlink(missing_ok=True)


def end_leftovers(home: Path) -> list[str]:
    """End what a killed run left behind, and nothing else; their names. Only under ``locked``."""
    try:
        left = json.loads((home / SERVICES).read_text())
        since: dict[str, str] = dict(left["started"])
        pids: dict[str, int] = dict(left["pids"])
    except (OSError, ValueError, KeyError, TypeError):
        return []
    alive = [name for name, pid in pids.items() if since.get(name) and processes.started(pid) == since[name]]
    for name in reversed(alive):  # as a run ends them: the services last
        processes.end(pids[name], since=since[name], patience_seconds=LEFTOVER_SECONDS)
    withdraw(home)
    return alive


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """One run a state folder. Raises CannotRun when another holds it."""
    # Others may pass through, as PostgreSQL's user must when we are root; what lies inside is private.
    home.mkdir(parents=True, exist_ok=True)
    with (home / LOCK).open("a") as file:
        if not _is_locked(file.fileno()):
            raise CannotRun(
                f"Regulars already runs from {home}: stop it with Ctrl-C there, or name another folder: "
                "REGULARS_HOME=… make run"
            )
        yield


def private_folder(path: Path) -> Path:
    """A folder that only we read, made when it is missing."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(PRIVATE_FOLDER)
    return path


def write_private(path: Path, text: str) -> None:
    """Replace a file that only we read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    passing = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "w") as file:
        file.write(text)
    passing.replace(path)


def _is_locked(file: int) -> bool:
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() > deadline:
                return False
            time.sleep(LOCK_SECONDS / 10)
        else:
            return True


def _secrets(path: Path) -> "dict[str, object]":
    """New ones in place of damaged ones would lock the data away, so those are left for a person."""
    if not path.exists():
        return {}
    try:
        found: dict[str, object] = json.loads(path.read_text())
    except ValueError:
        raise CannotRun(
            f"{path} cannot be read: bring it back from a copy, or forget all data: make clean"
        ) from None
    return found


def _write(path: Path, words: "dict[str, object]") -> None:
    write_private(path, json.dumps(words, indent=2))
